//! A calendar file taken into a diary, as if the user had typed it.
//!
//! A rule the vendor's patterns cannot say becomes a custom series. Attendees are left out: nobody is
//! invited by an import.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use crate::control::Imported;
use crate::ics::{Calendar, Event, Moment, Values, expand};

use super::call::Call;
use super::hand::whole_days;
use super::intake::Wanted;
use super::names::{TaskType, UpdateMode, Visibility};
use super::pattern::MOST_DATES;
use super::row::Row;
use super::zones::{Lens, moved};
use super::{rrule, save, words};

/// Takes every event in; what the server refuses is named.
pub(crate) fn import(call: &mut Call<'_>, calendar: &Calendar) -> Imported {
    let mut done = Imported {
        left_out: calendar.left_out.clone(),
        ..Imported::default()
    };
    for event in &calendar.events {
        let named = event.values.start.clone();
        let zone = match named {
            Moment::Wall(_, Some(zone)) => {
                TimeZone::get(&zone).unwrap_or_else(|_| call.lens.base_zone().clone())
            }
            _ => call.lens.base_zone().clone(),
        };
        call.lens = Lens::within(call.lens.base_zone().clone(), zone);
        let taken = if event.rrule.is_some() || !event.rdates.is_empty() {
            series(call, event, &mut done)
        } else {
            single(call, event, &mut done)
        };
        if let Err(why) = taken {
            done.left_out.push(format!("line {}: {why}", event.line));
        }
    }
    done
}

fn single(call: &mut Call<'_>, event: &Event, done: &mut Imported) -> Result<(), String> {
    for values in
        std::iter::once(&event.values).chain(event.overrides.iter().map(|(_, values)| values))
    {
        if values.cancelled {
            done.left_out
                .push(format!("line {}: cancelled", event.line));
            continue;
        }
        let row = row(call, values);
        save::insert(
            call,
            Wanted {
                row,
                recurrence: None,
                participants: None,
            },
            false,
        )
        .map_err(|refused| refused.words)?;
        done.singles += 1;
    }
    Ok(())
}

fn series(call: &mut Call<'_>, event: &Event, done: &mut Imported) -> Result<(), String> {
    let model = row(call, &event.values);
    let local = moved(model.start, call.lens.base_zone(), call.lens.zone());
    let (mut rule, mut said) = rrule::read(event.rrule.as_deref().unwrap_or("RDATE="), local);
    if !event.rdates.is_empty() {
        let until = DateTime::constant(2200, 1, 1, 0, 0, 0, 0);
        let all = Event {
            exdates: Vec::new(),
            overrides: Vec::new(),
            rrule: None,
            ..event.clone()
        };
        rule.dates.extend(
            expand::starts(&all, DateTime::MIN, until)
                .iter()
                .map(|wall| wall.date()),
        );
        rule.dates.sort_unstable();
        rule.dates.dedup();
        rule.dates.truncate(MOST_DATES);
        rule.shape = super::names::Shape::Custom;
        said = false;
    }
    let start = &event.values.start;
    let id = save::insert(
        call,
        Wanted {
            row: model,
            recurrence: Some((true, rule)),
            participants: None,
        },
        false,
    )
    .map_err(|refused| refused.words)?;
    done.series += 1;
    done.expanded += usize::from(!said);
    let rule = call.base.row(id).map_or(0, |row| row.rule);
    let rows: Vec<Row> = call.base.of_rule(rule).cloned().collect();
    for stored in rows {
        let wall = moved(
            stored.original_start,
            call.lens.base_zone(),
            call.lens.zone(),
        );
        let wall = if start.is_day() {
            wall.date().at(0, 0, 0, 0)
        } else {
            wall
        };
        let own = event
            .overrides
            .iter()
            .find(|(moment, _)| expand::same(start, moment, wall))
            .map(|(_, values)| values);
        let gone = event
            .exdates
            .iter()
            .any(|moment| expand::same(start, moment, wall))
            || own.is_some_and(|values| values.cancelled);
        if gone {
            save::delete(call, stored.id, UpdateMode::OnlyThis, false)
                .map_err(|refused| refused.words)?;
        } else if let Some(values) = own {
            let fresh = row(call, values);
            let row = Row {
                start: fresh.start,
                end: fresh.end,
                active: fresh.start,
                ..save::carry(&fresh, &stored)
            };
            save::update(
                call,
                stored.id,
                Wanted {
                    row,
                    recurrence: None,
                    participants: None,
                },
                UpdateMode::OnlyThis,
                false,
            )
            .map_err(|refused| refused.words)?;
        }
    }
    Ok(())
}

fn row(call: &Call<'_>, values: &Values) -> Row {
    let base = call.lens.base_zone();
    let at = |moment: &Moment| match moment {
        Moment::Wall(wall, Some(zone)) => {
            TimeZone::get(zone).map_or(*wall, |zone| moved(*wall, &zone, base))
        }
        other => other.wall(),
    };
    let all_day = values.start.is_day();
    let (start, end) = if all_day {
        let first = values.start.date();
        whole_days(
            call,
            first,
            values.end.date().yesterday().unwrap_or(first).max(first),
        )
    } else {
        (at(&values.start), at(&values.end).max(at(&values.start)))
    };
    Row {
        title: values.subject.clone(),
        description: values.subject.clone(),
        agenda: words::rich_text(&values.body),
        location: values.location.chars().take(254).collect(),
        start,
        end,
        all_day,
        free: values.show_as == "free",
        visible: if values.private {
            (Visibility::Associate, call.caller)
        } else {
            (Visibility::All, 0)
        },
        has_alarm: values.alarm_minutes.is_some_and(|minutes| minutes >= 0),
        alarm: values.alarm_minutes.unwrap_or(0).max(0) * 60,
        ..save::default_row(call, TaskType::Appointment, call.caller)
    }
}
