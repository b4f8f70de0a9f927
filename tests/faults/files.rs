//! Files that cannot be read, that are none, or that change under the reader's eyes.

use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::support::{Run, Sandbox, binary, copy_binary, token};

fn mode(path: &Path, mode: u32) {
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

fn pipe(path: &Path) {
    assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
}

/// Waits for the end of a run, but not for ever.
#[track_caller]
fn ends(mut command: Command, args: &[&str]) -> Run {
    let child = command.args(args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let pid = child.id().to_string();
    let (sender, receiver) = std::sync::mpsc::channel();
    std::thread::spawn(move || sender.send(child.wait_with_output().unwrap()));
    match receiver.recv_timeout(Duration::from_secs(120)) {
        Ok(output) => Run {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        },
        Err(_) => {
            let _ = Command::new("kill").args(["-9", &pid]).status();
            panic!("{args:?} waits for something that never comes");
        }
    }
}

/// The binary as a user who may not read everything: root gives its powers away first.
fn powerless(sandbox: &Sandbox) -> Command {
    let is_root = String::from_utf8(Command::new("id").arg("-u").output().unwrap().stdout).unwrap().trim() == "0";
    if !is_root {
        return sandbox.command(binary());
    }
    // Somebody else must be able to reach the binary: a copy of it beside the work folder.
    let copy = sandbox.beside("stanch");
    if !copy.exists() {
        copy_binary(&copy);
    }
    for dir in [sandbox.dir.parent().unwrap(), &sandbox.home()] {
        mode(dir, 0o755);
    }
    let mut command = sandbox.command("setpriv");
    command.args(["--reuid=65534", "--regid=65534", "--clear-groups", "--bounding-set=-all", "--inh-caps=-all"]);
    command.arg(copy);
    command
}

#[test]
fn what_may_not_be_read_is_named_and_the_rest_is_read() {
    let sandbox = Sandbox::repository();
    let locked = sandbox.write("locked.txt", format!("{}\n", token(1)));
    sandbox.write("closed/inside.txt", format!("{}\n", token(2)));
    mode(&locked, 0o000);
    mode(&sandbox.dir.join("closed"), 0o000);
    let run = ends(powerless(&sandbox), &["scan"]).exits(3).says("locked.txt").says("closed");
    assert!(run.stdout.contains("denied"), "{}", run.stdout);
    sandbox.write("open.txt", format!("{}\n", token(3)));
    let run = ends(powerless(&sandbox), &["scan", "--format", "json"]).exits(1).says("open.txt");
    assert_eq!(run.json()["summary"]["not_read"], 2, "{}", run.stdout);
    let _ = ends(powerless(&sandbox), &["scan", "locked.txt"]).exits(3);
    let _ = ends(powerless(&sandbox), &["scan", "--allow-incomplete", "closed"]).exits(0);
    mode(&sandbox.dir.join("closed"), 0o755);
}

#[test]
fn git_files_that_may_not_be_read_are_named() {
    for name in ["objects", "refs/heads", "index", "packed-refs", "HEAD", "worktrees", "modules", "config", "logs"] {
        let sandbox = Sandbox::repository();
        sandbox.commit("More");
        sandbox.git(&["repack", "-adq"]);
        sandbox.git(&["pack-refs", "--all"]);
        let path = sandbox.dir.join(".git").join(name);
        if !path.exists() {
            std::fs::create_dir(&path).unwrap();
        }
        mode(&path, 0o000);
        let run = ends(powerless(&sandbox), &["history"]);
        assert!(matches!(run.code, 2 | 3), "{name}: exit {}\n{}{}", run.code, run.stdout, run.stderr);
        mode(&path, 0o755);
    }
}

#[test]
fn what_is_no_file_is_named_and_not_opened() {
    let sandbox = Sandbox::repository();
    pipe(&sandbox.dir.join("pipe"));
    let _listener = UnixListener::bind(sandbox.dir.join("socket")).unwrap();
    symlink("loop-b", sandbox.dir.join("loop-a")).unwrap();
    symlink("loop-a", sandbox.dir.join("loop-b")).unwrap();
    symlink(".", sandbox.dir.join("cycle")).unwrap();
    symlink("/dev/zero", sandbox.dir.join("zero")).unwrap();
    symlink("../..", sandbox.dir.join("up")).unwrap();
    let run = ends(sandbox.command(binary()), &["scan", "--format", "json"]).exits(0);
    let json = run.json();
    let subjects: Vec<&str> =
        json["notices"].as_array().unwrap().iter().map(|notice| notice["subject"].as_str().unwrap()).collect();
    for name in ["pipe", "socket", "loop-a", "loop-b"] {
        assert!(subjects.contains(&name), "{name} is not in {subjects:?}");
    }
    sandbox.write("a.txt", format!("{}\n", token(4)));
    let run = ends(sandbox.command(binary()), &["scan", "--format", "json"]).exits(1);
    assert_eq!(run.json()["findings"].as_array().unwrap().len(), 1, "once, not once a turn: {}", run.stdout);
    // Named on the command line, they are no failure either, and nobody waits.
    let _ = ends(sandbox.command(binary()), &["scan", "pipe", "socket", "/dev/zero", "loop-a"]).exits(0);
    let made = sandbox.command("mknod").args(["device", "c", "1", "5"]).output();
    if made.is_ok_and(|made| made.status.success()) {
        let _ = ends(sandbox.command(binary()), &["scan", "device"]).exits(0).says("device");
    }
}

#[test]
fn pipes_in_the_place_of_gits_own_files_keep_nobody_waiting() {
    for name in ["index", "HEAD", "packed-refs", "config", "shallow", "objects/info/alternates", "refs/heads/pipe"] {
        let sandbox = Sandbox::repository();
        let path = sandbox.dir.join(".git").join(name);
        drop(std::fs::remove_file(&path));
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        pipe(&path);
        for command in ["history", "staged", "scan"] {
            let run = ends(sandbox.command(binary()), &[command]);
            let is_harmless = name == "refs/heads/pipe" || command == "scan" || command == "staged";
            assert!(matches!(run.code, 2 | 3) || is_harmless && run.code == 0, "{name}: {command}: {}", run.code);
        }
    }
    for name in [".gitignore", ".stanch.yml", ".git/info/exclude", "deep/.gitignore", ".gitmodules", ".mailmap"] {
        let sandbox = Sandbox::repository();
        let path = sandbox.dir.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        drop(std::fs::remove_file(&path));
        pipe(&path);
        sandbox.write("deep/a.txt", format!("{}\n", token(5)));
        let run = ends(sandbox.command(binary()), &["scan"]);
        assert!(run.code == 1 || (name == ".stanch.yml" && run.code == 2), "{name}: {} {}", run.code, run.stderr);
    }
}

/// Waits until a process has opened a file; false when it ended before.
fn has_opened(child: &mut Child, file: &Path) -> bool {
    let fds = format!("/proc/{}/fd", child.id());
    let start = Instant::now();
    while start.elapsed() < Duration::from_secs(60) {
        let links = std::fs::read_dir(&fds).into_iter().flatten().flatten();
        if links.filter_map(|entry| std::fs::read_link(entry.path()).ok()).any(|target| target == file) {
            return true;
        }
        if child.try_wait().unwrap().is_some() {
            return false;
        }
    }
    false
}

/// Scans a file of several pieces; `change` it while it is being read.
fn scan_while(change: impl FnOnce(&Path)) -> Option<(Run, Sandbox)> {
    let sandbox = Sandbox::repository();
    let path = sandbox.write("large.bin", "");
    let file = std::fs::File::options().write(true).open(&path).unwrap();
    // More than one piece, so that it is open for a while; a hole, so that it takes no room.
    file.set_len(160 << 20).unwrap();
    sandbox.write("small.txt", "nothing\n");
    let path = path.canonicalize().unwrap();
    let mut command = sandbox.command(binary());
    command.args(["scan", "--format", "json", "--jobs", "1"]).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let is_open = has_opened(&mut child, &path);
    if is_open {
        change(&path);
    }
    let output = child.wait_with_output().unwrap();
    is_open.then(|| {
        let run = Run {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        };
        (run, sandbox)
    })
}

#[test]
fn a_file_that_shrinks_or_grows_while_it_is_read_is_told() {
    if !Path::new("/proc/self/fd").exists() {
        eprintln!("skipped: without /proc nobody can tell when a file is being read");
        return;
    }
    let shrunk = scan_while(|path| std::fs::File::options().write(true).open(path).unwrap().set_len(100).unwrap());
    let (run, _sandbox) = shrunk.expect("the file was opened");
    let _ = run.exits(3).says("changed while it was read");
    let grown = scan_while(|path| {
        use std::io::Write;
        let mut file = std::fs::File::options().append(true).open(path).unwrap();
        file.write_all(format!("\n{}\n", token(6)).as_bytes()).unwrap();
    });
    let (run, _sandbox) = grown.expect("the file was opened");
    assert!(matches!(run.code, 1 | 3), "exit {}: {}", run.code, run.stdout);
    assert!(run.stdout.contains("changed while it was read"), "{}", run.stdout);
}

#[test]
fn files_that_vanish_meanwhile_are_told_and_the_rest_is_read() {
    let sandbox = Sandbox::repository();
    for number in 0..3000 {
        sandbox.write(&format!("many/{number:04}.txt"), "nothing\n");
    }
    sandbox.write("zzz.txt", format!("{}\n", token(7)));
    let mut command = sandbox.command(binary());
    command.args(["scan", "--format", "json"]).stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = command.spawn().unwrap();
    for number in (0..3000).rev() {
        std::fs::remove_file(sandbox.dir.join(format!("many/{number:04}.txt"))).unwrap();
    }
    let output = child.wait_with_output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    for notice in report["notices"].as_array().unwrap() {
        assert!(notice["detail"].as_str().unwrap().contains("vanished"), "{notice}");
    }
}

#[test]
fn little_memory_ends_with_a_word_and_not_with_a_silent_zero() {
    let sandbox = Sandbox::repository();
    for number in 0..20 {
        sandbox.write(&format!("file-{number}.txt"), format!("{number} text\n").repeat(2000));
    }
    sandbox.write("leak.txt", format!("{}\n", token(8)));
    sandbox.commit("Leak");
    let mut codes = Vec::new();
    for mebibytes in [16, 24, 32, 48, 64, 96, 128, 256, 1024] {
        let script = format!("ulimit -v {} && exec \"$0\" \"$@\"", mebibytes * 1024);
        let mut command = sandbox.command("sh");
        command.args(["-c", &script]).arg(binary());
        let run = ends(command, &["history"]);
        assert_ne!(run.code, 0, "{mebibytes} MiB: {}", run.stdout);
        codes.push(run.code);
    }
    assert_eq!(codes.last(), Some(&1), "1 GiB is enough: {codes:?}");
}
