//! `stanch rotation log` and `stanch incident log` where somebody, or chance, works against them.

use std::sync::atomic::{AtomicUsize, Ordering};

use crate::support::{Sandbox, token};

const TODAY: [&str; 2] = ["--today", "2026-04-02"];

fn read(sandbox: &Sandbox, log: &str) -> String {
    std::fs::read_to_string(sandbox.dir.join("security").join(log)).unwrap_or_default()
}

#[test]
fn lines_that_are_appended_at_the_same_time_are_all_kept() {
    const EACH: usize = 6;
    for start in ["", "# Begun\n\n2026-01-05  A_KEY  First issue"] {
        let sandbox = Sandbox::repository();
        if !start.is_empty() {
            sandbox.write("security/rotation-log.txt", start);
        }
        let next = AtomicUsize::new(0);
        std::thread::scope(|scope| {
            for _ in 0..EACH {
                scope.spawn(|| {
                    for _ in 0..2 {
                        let reason = format!("Rotation {}.", next.fetch_add(1, Ordering::SeqCst));
                        let args = [&["rotation", "log", "A_KEY", "--reason", &reason][..], &TODAY].concat();
                        let _ = sandbox.stanch(&args).exits(0);
                    }
                });
            }
        });
        let log = read(&sandbox, "rotation-log.txt");
        for number in 0..2 * EACH {
            assert_eq!(log.matches(&format!("Rotation {number}.\n")).count(), 1, "{log}");
        }
        assert!(
            log.starts_with(start) && log.matches("# Rotation log").count() == usize::from(start.is_empty()),
            "{log}"
        );
    }
}

#[test]
fn what_stands_for_a_name_is_looked_at_as_well() {
    let value = token(90);
    let hostile =
        [value.clone(), format!("{value}/.env"), "a | b | c/.env".to_owned(), "x\n2026-04-02  A  y/.env".to_owned()];
    for inventory in ["", "secrets:\n  - { name: A_KEY }\n"] {
        let sandbox = Sandbox::repository();
        sandbox.write(".stanch.yml", inventory);
        for name in &hostile {
            let incident = ["incident", "log", "-s", "SEV-1", "--secret", name, "--what", "x", "--resolution", "y"];
            for args in [&incident[..], &["rotation", "log", name, "--reason", "x"]] {
                let run = sandbox.stanch(&[args, &TODAY].concat()).exits(2);
                assert!(!run.stderr.contains(&value), "{}", run.stderr);
            }
        }
        assert_eq!(read(&sandbox, "incident-log.txt") + &read(&sandbox, "rotation-log.txt"), "");
    }
}

#[test]
fn what_no_reader_sees_is_refused() {
    let sandbox = Sandbox::repository();
    for unseen in ["\u{2028}", "\u{85}", "\u{202e}", "\u{200b}", "\r"] {
        let reason = format!("before{unseen}behind");
        let args = [&["rotation", "log", "A_KEY", "--reason", &reason][..], &TODAY].concat();
        let _ = sandbox.stanch(&args).exits(2).warns("control character");
    }
}

#[cfg(unix)]
#[test]
fn no_link_is_followed_on_the_way() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let sandbox = Sandbox::repository();
    let outside = sandbox.beside("outside");
    std::fs::create_dir(&outside).unwrap();
    symlink(&outside, sandbox.dir.join("security")).unwrap();
    let args = [&["rotation", "log", "A_KEY", "--reason", "x"][..], &TODAY].concat();
    let _ = sandbox.stanch(&args).exits(2).warns("symbolic link");
    assert_eq!(std::fs::read_dir(&outside).unwrap().count(), 0);
    std::fs::remove_file(sandbox.dir.join("security")).unwrap();
    let file = sandbox.write("security/rotation-log.txt", "");
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o664)).unwrap();
    let _ = sandbox.stanch(&args).exits(0);
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o664);
}
