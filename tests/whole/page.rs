//! What a person can do on an HTML page: read it, follow a link, fill in a form.
//!
//! Understands our own and the sandboxes' plain HTML only; never a page of the world.

/// A form of a page.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Form {
    /// Where it goes.
    pub(crate) action: String,
    /// True when it is sent as POST.
    pub(crate) posts: bool,
    /// Its fields with their values, as a browser would send them untouched.
    pub(crate) fields: Vec<(String, String)>,
    /// Names and values of its buttons.
    pub(crate) buttons: Vec<(String, String)>,
}

impl Form {
    /// Fills a field, or adds it.
    pub(crate) fn fill(mut self, name: &str, value: &str) -> Self {
        self.fields.retain(|(field, _)| field != name);
        self.fields.push((name.to_owned(), value.to_owned()));
        self
    }
}

/// All forms of a page.
pub(crate) fn forms(html: &str) -> Vec<Form> {
    let mut forms = Vec::new();
    for part in html.split("<form").skip(1) {
        let part = part.split("</form>").next().unwrap_or_default();
        let head = part.split('>').next().unwrap_or_default();
        let mut form = Form {
            action: attribute(head, "action").unwrap_or_default(),
            posts: attribute(head, "method")
                .is_some_and(|method| method.eq_ignore_ascii_case("post")),
            ..Form::default()
        };
        for tag in part.split('<').skip(1) {
            read(&mut form, tag, part);
        }
        forms.push(form);
    }
    forms
}

fn read(form: &mut Form, tag: &str, part: &str) {
    let head = tag.split('>').next().unwrap_or_default();
    let name = attribute(head, "name").filter(|name| !name.is_empty());
    let value = attribute(head, "value").unwrap_or_default();
    let kind = attribute(head, "type").unwrap_or_default();
    if head.starts_with("button") || kind == "submit" {
        form.buttons.push((name.unwrap_or_default(), value));
    } else if let Some(name) = name {
        if head.starts_with("input") {
            let chosen = !matches!(kind.as_str(), "checkbox" | "radio") || has(head, "checked");
            if chosen && !has(head, "disabled") {
                let value = if kind == "checkbox" && value.is_empty() {
                    "on".to_owned()
                } else {
                    value
                };
                form.fields.push((name, value));
            }
        } else if head.starts_with("select") {
            form.fields.push((name, selected(part, head)));
        } else if head.starts_with("textarea") {
            let text = tag.split_once('>').map_or("", |(_, text)| text);
            form.fields.push((name, unescape(text)));
        }
    }
}

/// The value of the chosen option of a select, or of its first.
fn selected(part: &str, head: &str) -> String {
    let inside = part.split(head).nth(1).unwrap_or_default();
    let inside = inside.split("</select>").next().unwrap_or_default();
    let options: Vec<&str> = inside.split("<option").skip(1).collect();
    let head = |option: &&str| option.split('>').next().unwrap_or_default().to_owned();
    let chosen = options.iter().find(|option| has(&head(option), "selected"));
    chosen
        .or(options.first())
        .and_then(|option| attribute(&head(option), "value"))
        .unwrap_or_default()
}

/// An attribute's value, unescaped.
pub(crate) fn attribute(tag: &str, name: &str) -> Option<String> {
    let at = tag
        .find(&format!(" {name}="))
        .or_else(|| tag.find(&format!("\n{name}=")))?;
    let rest = &tag[at + name.len() + 2..];
    let value = match rest.chars().next()? {
        quote @ ('"' | '\'') => rest[1..].split(quote).next()?,
        _ => rest.split([' ', '>', '\n']).next()?,
    };
    Some(unescape(value))
}

fn has(tag: &str, name: &str) -> bool {
    tag.split([' ', '\n'])
        .any(|word| word == name || word.starts_with(&format!("{name}=")))
}

/// The links of a page or mail.
pub(crate) fn links(html: &str) -> Vec<String> {
    html.split("<a ")
        .skip(1)
        .filter_map(|tag| attribute(&format!(" {}", tag.split('>').next()?), "href"))
        .collect()
}

fn unescape(text: &str) -> String {
    text.replace("&quot;", "\"")
        .replace("&#34;", "\"")
        .replace("&#39;", "'")
        .replace("&#x27;", "'")
        .replace("&lt;", "<")
        .replace("&#60;", "<")
        .replace("&gt;", ">")
        .replace("&#62;", ">")
        .replace("&amp;", "&")
        .replace("&#38;", "&")
}

#[test]
fn a_form_is_sent_as_a_browser_would_send_it() {
    let html = r#"<form method="post" action="/a?b=1&amp;c=2">
        <input type="hidden" name="token" value="t&amp;u"><input name="name" value="">
        <input type="checkbox" name="x" value="1" checked> <input type="checkbox" name="y" value="1">
        <select name="z"><option value="1">one</option><option value="2" selected>two</option></select>
        <button name="act" value="save">Save</button></form>"#;
    let form = &forms(html)[0];
    assert_eq!(form.action, "/a?b=1&c=2");
    assert!(form.posts);
    let fields = [("token", "t&u"), ("name", ""), ("x", "1"), ("z", "2")];
    assert_eq!(
        form.fields,
        fields.map(|(name, value)| (name.to_owned(), value.to_owned()))
    );
    assert_eq!(form.buttons, [("act".to_owned(), "save".to_owned())]);
}
