//! Stories that are told once and hold for every mailbox vendor.

/// Tells every story with a mailbox of each system.
macro_rules! told_of {
    ($($module:ident $system:ident),+: $stories:tt) => {
        $(told_of! { one $module $system $stories })+
    };
    (one $module:ident $system:ident { $($story:ident),+ $(,)? }) => {
        mod $module {
            $(
                #[tokio::test]
                async fn $story() {
                    super::$story(shared::profile::System::$system).await;
                }
            )+
        }
    };
}
