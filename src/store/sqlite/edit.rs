//! Changing what is said of an image.

use sqlx::SqliteConnection;

use super::facts::{self, Reader};
use super::statement::ask;
use crate::domain::{Edit, ImageId};
use crate::store::EditError;

/// Changes one image, with the number that the change would have; gives whether anything is different now.
pub(super) async fn edit(
    connection: &mut SqliteConnection,
    change: i64,
    id: ImageId,
    edit: &Edit,
) -> Result<bool, EditError> {
    let id_text = id.to_string();
    let row: Option<(i64, String)> = ask("SELECT number, facts FROM images WHERE id = ?", |sql| {
        sqlx::query_as(sql).bind(&id_text).fetch_optional(&mut *connection)
    })
    .await?;
    let Some((number, facts)) = row else { return Ok(false) };
    let mut image = Reader::default().read(&number.to_string(), &id_text, &facts)?;
    if !edit.apply(&mut image.facts).map_err(|error| EditError::Refused { id, error })? {
        return Ok(false);
    }
    let facts = facts::write(&image.facts, facts::to_ms(image.created_at))?;
    ask("UPDATE images SET change = ?, facts = ? WHERE number = ?", |sql| {
        sqlx::query(sql).bind(change).bind(facts).bind(number).execute(connection)
    })
    .await?;
    Ok(true)
}
