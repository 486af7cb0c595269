//! A tenant's users, for linking (archive `InternalUsers`; the user agent is not open to partners).

use super::SuperOffice;
use super::client::Call;
use super::wire::Archive;
use crate::connector::Error;
use crate::tenant::TenantId;
use crate::user::Associate;

const PAGE: usize = 1000;

impl SuperOffice {
    /// The active internal users, by id.
    pub async fn associates(
        &self,
        tenant: &TenantId,
        access: &str,
    ) -> Result<Vec<Associate>, Error> {
        let door = self.door(tenant, access);
        let mut found = Vec::new();
        let mut skip = 0;
        loop {
            let call = Call::get("Archive/InternalUsers")
                .with(
                    "$select",
                    "associateDbId,assocName,fullName,personEmail,isActive",
                )
                .with("$orderby", "associateDbId")
                .with("$top", PAGE.to_string())
                .with("$skip", skip.to_string());
            let page: Archive = door.read(call).await?.json()?;
            let count = page.value.len();
            found.extend(
                page.value
                    .iter()
                    .filter(|row| row.says_yes("isActive"))
                    .filter_map(|row| {
                        let id = row.number("associateDbId");
                        let (name, initials) = (row.text("fullName"), row.text("assocName"));
                        (id > 0).then(|| Associate {
                            id: id.to_string(),
                            name: if name.is_empty() { initials } else { name },
                            address: row.text("personEmail"),
                        })
                    }),
            );
            skip += count;
            if count == 0 || (count < PAGE && page.next.is_none()) {
                return Ok(found);
            }
        }
    }
}
