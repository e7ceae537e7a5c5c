//! A disk that is full, or may only be read.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::{Visitor, assert_is_advice};
use crate::support::pictures;
use crate::support::process::{Process, run, sirius, without_the_signal_of_large_files};

#[tokio::test]
async fn a_disk_that_takes_no_more_stops_counting_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let command = without_the_signal_of_large_files(&sirius(&folder.path().join("data")));
    let process = Process::serve_by(command, &[]);
    let number = process.id().try_into().unwrap();
    let limit = |bytes| rlimit::prlimit(number, rlimit::Resource::FSIZE, Some((bytes, u64::MAX)), None).unwrap();
    stops_counting_and_goes_on(&process, || limit(0), || limit(u64::MAX)).await;
}

#[tokio::test]
#[ignore = "needs a disk of its own, and so root: `make faults` runs it"]
async fn a_full_disk_stops_counting_and_nothing_else() {
    let disk = Disk::of("8m");
    let process = Process::serve(&disk.path().join("data"), &[]);
    let filler = disk.path().join("filler");
    let fill = || {
        let mut file = fs::File::create(&filler).unwrap();
        while std::io::Write::write_all(&mut file, &[7; 512]).is_ok() {}
    };
    stops_counting_and_goes_on(&process, fill, || fs::remove_file(&filler).unwrap()).await;
}

#[test]
#[ignore = "needs a disk of its own, and so root: `make faults` runs it"]
fn a_disk_that_may_only_be_read_is_refused_with_advice() {
    let disk = Disk::of("8m");
    let data = disk.path().join("data");
    drop(Process::serve(&data, &[]));
    assert!(disk.mount(&["-o", "remount,ro"]));
    for command in ["serve", "import"] {
        let free = ["--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0"];
        let mut refused = sirius(&data);
        refused.args(free).arg(command).args((command == "import").then_some("."));
        let refused = run(&mut refused);
        assert!(!refused.status.success());
        assert_is_advice(&String::from_utf8(refused.stderr).unwrap(), &["data", "writ"]);
    }
    assert!(disk.mount(&["-o", "remount,rw"]));
    Process::serve(&data, &[]);
}

async fn stops_counting_and_goes_on(process: &Process, fill: impl Fn(), free: impl Fn()) {
    let mut visitor = Visitor::of(process);
    for _ in 0..20 {
        visitor.visit_until(true).await;
    }
    fill();
    visitor.visit_until(false).await;
    visitor.is_served().await;
    let database = visitor.wait_until("degraded").await;
    assert_eq!(database["status"], "down");
    visitor.visit_until(false).await;
    free();
    visitor.visit_until(true).await;
    visitor.wait_until("ok").await;
    visitor.counts_are_right().await;
}

#[test]
fn an_import_that_the_disk_ends_says_what_to_do_and_is_simply_repeated() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    pictures::fill(&folder.path().join("in"), 700);
    let import = || {
        let mut import = sirius(&data);
        import.arg("import").arg(folder.path().join("in"));
        without_the_signal_of_large_files(&import)
    };
    let mut limited = Command::new("sh");
    // In units of 512 bytes: smaller than the catalogue becomes, larger than any picture.
    limited.args(["-c", "ulimit -f 640; exec \"$0\" \"$@\""]).arg(import().get_program()).args(import().get_args());
    let ended = run(limited.current_dir(folder.path()));
    assert_eq!(ended.status.code(), Some(1), "{ended:?}");
    let said = String::from_utf8(ended.stderr).unwrap();
    // After lines that tell how far it is, if it took its time.
    let said = said.lines().last().unwrap();
    assert_is_advice(said, &["The import could not go on", "the disk", "check it", "repeat the command to go on"]);
    let repeated = run(&mut import());
    assert!(repeated.status.success(), "{repeated:?}");
    super::import::assert_whole(&data, 700);
}

#[test]
#[ignore = "needs a disk of its own, and so root: `make faults` runs it"]
fn an_import_that_fills_the_disk_says_what_to_do_and_is_simply_repeated() {
    let disk = Disk::of("6m");
    let data = disk.path().join("data");
    let folder = tempfile::tempdir().unwrap();
    super::import::tree(folder.path(), 0..1_000);
    let import = || run(sirius(&data).arg("import").arg(folder.path()));
    let ended = import();
    assert_eq!(ended.status.code(), Some(1), "{ended:?}");
    let said = String::from_utf8(ended.stderr).unwrap();
    // After lines that tell how far it is, if it took its time.
    let said = said.lines().last().unwrap();
    assert_is_advice(said, &["The import could not go on", "free some space", "repeat the command to go on"]);
    assert_eq!(fs::read_dir(data.join("blobs/.staging")).unwrap().count(), 0, "nothing half-written is left");
    assert!(disk.mount(&["-o", "remount,size=64m"]));
    assert!(import().status.success());
    super::import::assert_whole(&data, 1_000);
}

/// A disk of its own, in memory.
struct Disk(tempfile::TempDir);

impl Disk {
    fn of(size: &str) -> Self {
        let disk = Self(tempfile::tempdir().unwrap());
        assert!(
            disk.mount(&["-t", "tmpfs", "-o", &format!("size={size}"), "tmpfs"]),
            "this test needs root to mount a disk"
        );
        disk
    }

    fn path(&self) -> PathBuf {
        self.0.path().to_path_buf()
    }

    fn mount(&self, arguments: &[&str]) -> bool {
        Command::new("mount").args(arguments).arg(self.0.path()).status().unwrap().success()
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("--lazy").arg(self.0.path()).status();
    }
}

#[test]
fn a_folder_that_must_not_be_written_to_is_refused_with_advice() {
    // Nobody may make a folder there, not even root.
    let data = Path::new("/proc/sirius");
    let free = ["--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0"];
    let refused = run(sirius(data).args(free));
    assert!(!refused.status.success());
    assert_is_advice(&String::from_utf8(refused.stderr).unwrap(), &["/proc/sirius", "--data-dir"]);
}
