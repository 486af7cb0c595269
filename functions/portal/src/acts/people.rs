//! Who may administer the tenant here. Each must be an administrator in SuperOffice too, as their own sign-in tells.

use shared::tenant::Tenant;

use super::crm;
use crate::contexts::Administrator;
use crate::failure::Failure;

/// Saves the list of administrators. Nobody can take away the own right, so that one administrator is always left.
pub(crate) async fn save(
    administrator: &mut Administrator,
    chosen: &[&str],
) -> Result<(), Failure> {
    let associates = crm::associates(administrator.signed_in()).await?;
    let own = administrator.sign_in().associate.clone();
    if !chosen.contains(&own.as_str()) {
        return Err(Failure::unusable(
            "You cannot take your own right to administer away; another administrator can.",
        ));
    }
    if let Some(unknown) = chosen
        .iter()
        .find(|id| !associates.iter().any(|one| one.id == **id))
    {
        return Err(Failure::unusable(format!(
            "There is no SuperOffice user with the number {unknown} any more."
        )));
    }
    let tenant = Tenant {
        admins: chosen.iter().map(|id| (*id).to_owned()).collect(),
        ..administrator.tenant().clone()
    };
    administrator
        .portal()
        .near
        .ledger
        .put_tenant(&tenant)
        .await?;
    administrator
        .audit(format!(
            "Set the list of administrators ({} in all)",
            tenant.admins.len()
        ))
        .await
}
