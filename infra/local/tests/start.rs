//! What cannot start says so: what is wrong, where, and the way out.
//!
//! Runs the real executable; nothing here gets as far as serving.

use std::net::{Ipv4Addr, TcpListener};
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

fn run(arguments: &[&str]) -> Output {
    // Roles live as long as their standard input.
    let child = Command::new(env!("CARGO_BIN_EXE_local"))
        .args(arguments)
        .env_clear()
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    wait(child)
}

/// As `wait_with_output`, which would close standard input first.
fn wait(mut child: std::process::Child) -> Output {
    let stdin = child.stdin.take();
    let output = child.wait_with_output().expect("it ends");
    drop(stdin);
    output
}

fn refusal(arguments: &[&str]) -> String {
    let output = run(arguments);
    assert!(!output.status.success(), "{arguments:?} was not refused");
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn file(name: &str, text: &str) -> PathBuf {
    let path = std::env::temp_dir().join(format!("local-start-{}-{name}", std::process::id()));
    std::fs::write(&path, text).expect("a file");
    path
}

#[test]
fn a_port_in_use_is_named_with_its_place_and_the_way_out() {
    // High enough for the distance to the lowest port, below the system's own choice of ports.
    let (taken, port) = (20_000..32_000)
        .find_map(|port| Some((TcpListener::bind((Ipv4Addr::LOCALHOST, port)).ok()?, port)))
        .expect("a free port");
    let words = refusal(&["--port-base", &port.to_string()]);
    assert!(
        words.contains(&format!("port {port} (portal) cannot be used")),
        "{words}"
    );
    assert!(words.contains("cargo run -- --port-base"), "{words}");
    drop(taken);
}

#[test]
fn a_broken_calendar_is_named_with_its_line() {
    let calendar = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:1\r\n";
    let path = file("broken.ics", calendar);
    let words = refusal(&["--import", &path.to_string_lossy()]);
    assert!(
        words.contains(&path.to_string_lossy().into_owned()),
        "{words}"
    );
    assert!(words.contains("line 3"), "{words}");
    std::fs::remove_file(path).expect("it was there");
}

#[test]
fn a_missing_calendar_is_named() {
    let words = refusal(&["--import", "/no/such/file.ics"]);
    assert!(words.contains("/no/such/file.ics"), "{words}");
}

#[test]
fn a_missing_variable_is_named_by_each_function() {
    for role in ["portal", "sync", "fanout", "mailer"] {
        let words = refusal(&["--role", role]);
        assert!(words.contains("TABLE"), "{role}: {words}");
    }
}

#[test]
fn a_data_directory_that_is_none_is_named() {
    let path = file("plain", "");
    let words = refusal(&["--port-base", "21777", "--data", &path.to_string_lossy()]);
    assert!(words.contains("--data"), "{words}");
    std::fs::remove_file(path).expect("it was there");
}

#[test]
fn a_senseless_option_is_explained() {
    for (arguments, word) in [
        (["--every", "soon"], "15m"),
        (["--port-base", "80"], "4538"),
        (["--lambda", "nowhere"], "http://localhost:9000"),
    ] {
        let words = refusal(&arguments);
        assert!(words.contains(word), "{arguments:?}: {words}");
    }
}
