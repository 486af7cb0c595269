// The sandboxes' pages for people: what a calendar shows, and what a person does in it with own hands.

/// Anna, in both systems.
export const anna = "anna.lindqvist@nordlys.example";

// Both sides are shown in one zone, so that they can be compared.
const zone = "Europe/Oslo";
const dayMs = 86_400_000;

const written = (date) => date.toISOString().slice(0, 10);

/// A date so many weeks and days after the Monday of this week.
export function day(weeks, weekday) {
  const now = new Date();
  const monday = now.getTime() - ((now.getUTCDay() + 6) % 7) * dayMs;
  return written(new Date(monday + (weeks * 7 + weekday) * dayMs));
}

/// Opens somebody's week in a sandbox.
export async function open(page, sandbox, week, user = anna) {
  await page.goto(`${sandbox}/sandbox/?${new URLSearchParams({ user, week, zone })}`);
}

/// What the page shows of `weeks` weeks: one line per event, in the order of time.
export async function shown(page, sandbox, weeks) {
  const lines = [];
  for (let week = 0; week < weeks; week += 1) {
    await open(page, sandbox, day(week, 0));
    lines.push(
      ...(await page.locator("article[data-subject]").evaluateAll((events) =>
        events.map(({ dataset }) => ({
          subject: dataset.subject,
          start: dataset.start,
          end: dataset.end,
          allDay: dataset.allDay,
          series: dataset.series,
          private: dataset.private,
          free: String(dataset.showAs === "free"),
          location: dataset.location,
        })),
      )),
    );
  }
  return lines.sort((one, other) => order(one).localeCompare(order(other)));
}

const order = (line) => `${line.start} ${line.end} ${line.location} ${line.series}`;

/// Where two calendars differ; empty when they show the same. The mailbox's subject may say more: a type before, a company behind.
export function differences(crm, mailbox) {
  const found = [];
  const left = [...mailbox];
  for (const one of crm) {
    const at = left.findIndex((other) => isSame(one, other));
    if (at < 0) found.push(`only in SuperOffice: ${JSON.stringify(one)}`);
    else left.splice(at, 1);
  }
  return [...found, ...left.map((other) => `only in the mailbox: ${JSON.stringify(other)}`)];
}

function isSame(crm, mailbox) {
  const { subject: short, ...one } = crm;
  const { subject: long, ...other } = mailbox;
  return long.includes(short) && JSON.stringify(one) === JSON.stringify(other);
}

/// Uses the page's form for a new event. `values` are the form's fields by name.
export async function create(page, sandbox, values) {
  await open(page, sandbox, values.start.slice(0, 10));
  await page.getByText("New event").click();
  const form = page.locator("details.new form");
  await fill(form, values);
  await form.getByRole("button", { name: "Save" }).click();
}

/// Opens the event of that subject on that day, types `values` and presses `button`.
export async function act(page, sandbox, [subject, date], button, values = {}) {
  await open(page, sandbox, date);
  const event = page.locator(`[data-day="${date}"] article[data-subject*="${subject}"]`);
  await event.locator("summary").click();
  await fill(event.locator("form"), values);
  await event.getByRole("button", { name: button, exact: true }).click();
  await page.waitForLoadState();
}

async function fill(form, values) {
  for (const [name, value] of Object.entries(values)) {
    if (typeof value === "boolean") await form.locator(`input[name=${name}]`).setChecked(value);
    else await form.locator(`input[name=${name}], textarea[name=${name}]`).fill(value);
  }
}
