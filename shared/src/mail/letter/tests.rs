//! What a letter says, in both languages and both forms.

use super::*;

fn anna(language: Language) -> Recipient {
    Recipient {
        address: "anna.lindqvist@nordlys.example".to_owned(),
        name: "Anna Lindqvist".to_owned(),
        company: "Brødrene Dahl & <Sønner> AS".to_owned(),
        system: System::Microsoft,
        language,
    }
}

fn occasions() -> Vec<Occasion> {
    let mut all = vec![Occasion::Activation];
    for stage in [
        Stage::AtOnce,
        Stage::AfterOneDay,
        Stage::AfterThreeDays,
        Stage::AfterSevenDays,
    ] {
        for whose in [Whose::User, Whose::Admin] {
            for side in Side::BOTH {
                all.push(Occasion::Reconnect {
                    side,
                    whose,
                    code: "AADSTS50173".to_owned(),
                    stage,
                });
            }
        }
    }
    all
}

fn letter(occasion: &Occasion, language: Language) -> Letter {
    write(occasion, &anna(language), "https://sync.example.com")
}

#[test]
fn every_letter_has_its_one_link_in_both_forms_and_nothing_that_tracks() {
    for language in [Language::English, Language::Norwegian, Language::German] {
        for occasion in occasions() {
            let letter = letter(&occasion, language);
            for form in [&letter.text, &letter.html] {
                assert!(
                    form.contains("https://sync.example.com/home"),
                    "{occasion:?}"
                );
                assert!(form.contains("Hello Anna,") || form.contains("Hei Anna,"));
            }
            assert!(
                !letter.html.contains("<img"),
                "no picture tells that it was read"
            );
            let links = letter.html.match_indices("http").count();
            let ours = letter
                .html
                .match_indices("https://sync.example.com/home")
                .count();
            assert_eq!(links, ours, "no other address");
            assert!(letter.html.contains("max-width:600px"));
            assert!(letter.html.len() < 20_000 && letter.subject.len() < 90);
        }
    }
}

#[test]
fn what_people_are_called_is_escaped_in_html_and_plain_in_text() {
    let letter = letter(&Occasion::Activation, Language::English);
    assert!(letter.text.contains("Brødrene Dahl & <Sønner> AS"));
    assert!(!letter.html.contains("<Sønner>"));
    assert!(letter.html.contains("Dahl &#38; &#60;Sønner&#62;"));
}

#[test]
fn the_buttons_say_what_the_product_calls_them() {
    let activation = letter(&Occasion::Activation, Language::English);
    assert!(activation.text.contains("Let's get started:\nhttps://"));
    let refused = |whose, stage| {
        let occasion = Occasion::Reconnect {
            side: Side::Mailbox,
            whose,
            code: "AADSTS65001".to_owned(),
            stage,
        };
        letter(&occasion, Language::English)
    };
    let user = refused(Whose::User, Stage::AtOnce);
    assert_eq!(
        user.subject,
        "Fix the issue: Microsoft 365 is no longer connected"
    );
    assert!(user.text.contains("AADSTS65001"));
    let admin = refused(Whose::Admin, Stage::AtOnce);
    assert!(
        admin
            .text
            .contains("forward this mail to the administrator")
    );
    let reminder = refused(Whose::User, Stage::AfterThreeDays);
    assert!(reminder.subject.starts_with("Reminder:"));
    assert!(reminder.text.contains("for 3 days"));
}

#[test]
fn a_norwegian_reads_norwegian() {
    let letter = letter(&Occasion::Activation, Language::Norwegian);
    assert_eq!(
        letter.subject,
        "Kom i gang: SuperOffice og Microsoft 365 i takt"
    );
    assert!(letter.html.contains("lang=\"nb\""));
    assert!(!letter.text.contains("Hello"));
}
