//! The mails in Norwegian (bokmål).

use super::{About, CALM, Refused, URGENT, Words};
use crate::connector::Whose;

pub(super) fn activation(about: About<'_>) -> Words {
    let (company, system) = (&about.to.company, about.to.system.label());
    Words {
        lang: "nb",
        colour: CALM,
        subject: format!("Kom i gang: SuperOffice og {system} i takt"),
        preview: "Logg inn én gang, så viser begge kalenderne det samme.".to_owned(),
        heading: "Kom i gang".to_owned(),
        before: vec![
            format!("Hei {},", about.given_name),
            format!(
                "{company} har satt opp Synchronizer for deg. Den holder dagboken i SuperOffice og kalenderen i {system} \
                 like: det du legger inn, flytter eller sletter det ene stedet, skjer også det andre."
            ),
            format!(
                "Den trenger din tillatelse én gang. Trykk på knappen, logg inn med SuperOffice og koble til {system}. \
                 Det tar omtrent ett minutt."
            ),
        ],
        button: "Kom i gang".to_owned(),
        link: about.link,
        after: vec![
            "Ingen du møter merker noe: Synchronizer sender aldri invitasjoner, endringer eller avlysninger."
                .to_owned(),
        ],
        or_copy: "Hvis knappen ikke virker, kopier denne adressen til nettleseren:".to_owned(),
        small: vec![
            format!("Du får denne e-posten fordi en administrator hos {company} har koblet kalenderen din."),
            "Den forteller ingen om du har lest den.".to_owned(),
        ],
    }
}

pub(super) fn reconnect(about: About<'_>, refused: &Refused<'_>) -> Words {
    let (company, vendor) = (&about.to.company, refused.vendor);
    let days = refused.stage.days();
    let since = match days {
        0 => "Kalenderne dine holdes ikke lenger like".to_owned(),
        1 => "Kalenderne dine har ikke vært like på ett døgn".to_owned(),
        days => format!("Kalenderne dine har ikke vært like på {days} dager"),
    };
    let (cause, move_, button) = match refused.whose {
        Whose::Admin => (
            format!("{vendor} slipper ikke Synchronizer inn før en administrator hos {company} har tillatt det."),
            "Send denne e-posten videre til administratoren som har ansvaret. Knappen viser hva som trengs."
                .to_owned(),
            "Se hva som trengs",
        ),
        Whose::User | Whose::Operator => (
            format!(
                "{vendor} godtar ikke lenger påloggingen du ga Synchronizer. Det skjer etter et nytt passord eller en \
                 ny sikkerhetsregel."
            ),
            format!("Trykk på knappen, logg inn og koble til {vendor} på nytt. Det tar omtrent ett minutt."),
            "Rett opp",
        ),
    };
    Words {
        lang: "nb",
        colour: URGENT,
        subject: if days == 0 {
            format!("{button}: {vendor} er ikke lenger koblet til")
        } else {
            format!("Påminnelse: {vendor} er fortsatt ikke koblet til")
        },
        preview: move_.clone(),
        heading: since,
        before: vec![format!("Hei {},", about.given_name), cause, move_],
        button: button.to_owned(),
        link: about.link,
        after: vec![
            "Ingenting går tapt. Så lenge beholder hver kalender det du legger inn i den; etterpå fortsetter \
             Synchronizer der den stoppet."
                .to_owned(),
        ],
        or_copy: "Hvis knappen ikke virker, kopier denne adressen til nettleseren:".to_owned(),
        small: vec![
            format!("Til brukerstøtten: {vendor} svarte {}.", refused.code),
            format!("Du får denne e-posten fordi en administrator hos {company} har koblet kalenderen din."),
            "Den forteller ingen om du har lest den.".to_owned(),
        ],
    }
}
