//! Sealing and opening, and what must never open.

use jiff::Timestamp;
use proptest::prelude::*;

use super::*;

const ONE: &str = r#"{"current":1,"keys":{"1":"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="}}"#;
const BOTH: &str = r#"{"current":2,"keys":{"1":"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
    "2":"Hx4dHBsaGRgXFhUUExIREA8ODQwLCgkIBwYFBAMCAQA="}}"#;
const TWO: &str = r#"{"current":2,"keys":{"2":"Hx4dHBsaGRgXFhUUExIREA8ODQwLCgkIBwYFBAMCAQA="}}"#;
/// The key of `ONE`, as a generated secret has it.
const FLAT: &str =
    r#"{"current":"1","1":"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"}"#;

fn vault(keyring: &str) -> Vault {
    Vault::new(keyring, Chance::seeded(7)).expect("a good keyring")
}

fn credential(access: &str) -> Credential {
    Credential {
        access: access.to_owned(),
        expires: Timestamp::UNIX_EPOCH,
        refresh: "refresh-canary".to_owned(),
        account: "account".to_owned(),
        authority: "authority".to_owned(),
        scope: "scope".to_owned(),
    }
}

fn anna() -> UserId {
    UserId::new("anna")
}

#[test]
fn a_credential_opens_only_in_its_own_row_and_revision() {
    let vault = vault(ONE);
    let sealed = vault
        .seal(&anna(), Side::Crm, 3, &credential("token"))
        .expect("sealed");
    assert_eq!(
        vault.open(&anna(), Side::Crm, &sealed),
        Ok(credential("token"))
    );
    let other_user = vault.open(&UserId::new("bjorn"), Side::Crm, &sealed);
    let other_side = vault.open(&anna(), Side::Mailbox, &sealed);
    let older = Sealed {
        revision: 2,
        ..sealed
    };
    let other_revision = vault.open(&anna(), Side::Crm, &older);
    assert_eq!(other_user, Err(Error::Refused));
    assert_eq!(other_side, Err(Error::Refused));
    assert_eq!(other_revision, Err(Error::Refused));
}

#[test]
fn after_a_rotation_old_keys_open_and_the_new_one_seals() {
    let before = vault(ONE)
        .seal(&anna(), Side::Crm, 1, &credential("old"))
        .expect("sealed");
    let rotated = vault(BOTH);
    assert_eq!(
        rotated.open(&anna(), Side::Crm, &before),
        Ok(credential("old"))
    );
    let after = rotated
        .seal(&anna(), Side::Crm, 2, &credential("new"))
        .expect("sealed");
    assert_eq!(after.key, 2);
    assert_eq!(
        vault(TWO).open(&anna(), Side::Crm, &after),
        Ok(credential("new"))
    );
    let gone = vault(TWO).open(&anna(), Side::Crm, &before);
    assert_eq!(gone, Err(Error::NoSuchKey(1)));
}

#[test]
fn a_generated_keyring_is_read_too() {
    let sealed = vault(ONE).seal_text("note", "text").expect("sealed");
    assert_eq!(
        vault(FLAT).open_text("note", &sealed),
        Ok("text".to_owned())
    );
}

#[test]
fn a_bad_keyring_is_refused_with_its_fault() {
    for bad in [
        "",
        "[]",
        r#"{"keys":{}}"#,
        r#"{"current":1,"keys":{}}"#,
        r#"{"current":1,"keys":{"1":"c2hvcnQ="}}"#,
        r#"{"current":1,"keys":{"one":"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="}}"#,
    ] {
        let refused = Vault::new(bad, Chance::seeded(1)).expect_err(bad);
        assert!(matches!(refused, Error::Keyring(_)), "{bad}");
    }
}

#[test]
fn nothing_shows_a_secret() {
    let vault = vault(ONE);
    let credential = credential("access-canary");
    let sealed = vault
        .seal(&anna(), Side::Crm, 1, &credential)
        .expect("sealed");
    let shown = format!("{vault:?} {credential:?} {sealed:?}");
    for secret in ["canary", "AAECAwQ", "000102"] {
        assert!(!shown.contains(secret), "{secret} in {shown}");
    }
}

#[test]
fn the_same_text_is_never_sealed_the_same_way_twice() {
    let vault = vault(ONE);
    assert_ne!(vault.seal_text("a", "text"), vault.seal_text("a", "text"));
}

#[test]
fn a_locked_vault_neither_seals_nor_opens() {
    let locked = Vault::locked(Chance::seeded(1));
    assert_eq!(locked.seal_text("a", "text"), Err(Error::Locked));
    let sealed = vault(ONE).seal_text("a", "text").expect("sealed");
    assert_eq!(locked.open_text("a", &sealed), Err(Error::Locked));
}

proptest! {
    #[test]
    fn what_was_sealed_opens_and_no_changed_byte_does(
        text in ".{0,200}",
        context in "[a-z#|]{0,20}",
        byte in any::<prop::sample::Index>(),
        flip in 1_u8..=255,
    ) {
        let vault = vault(ONE);
        let sealed = vault.wrap(&context, 5, text.as_bytes()).expect("sealed");
        prop_assert_eq!(&**vault.unwrap(&context, &sealed).expect("opens"), text.as_bytes());
        let flipped = |base64: &str| {
            let mut bytes = BASE64.decode(base64.as_bytes()).expect("base64");
            let place = byte.index(bytes.len());
            bytes[place] ^= flip;
            BASE64.encode(&bytes)
        };
        let broken_text = Sealed { text: flipped(&sealed.text), ..sealed.clone() };
        let broken_key = Sealed { data_key: flipped(&sealed.data_key), ..sealed.clone() };
        prop_assert_eq!(vault.unwrap(&context, &broken_text).err(), Some(Error::Refused));
        prop_assert_eq!(vault.unwrap(&context, &broken_key).err(), Some(Error::Refused));
        let elsewhere = vault.unwrap(&format!("{context}x"), &sealed).err();
        prop_assert_eq!(elsewhere, Some(Error::Refused));
    }
}
