//! Speed of the parts: `cargo bench`. Figures are for people; no test asserts them. What packs cost needs git.

use std::hint::black_box;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use stanch::detect::prefilter::Places;
use stanch::detect::{Engine, Scratch};
use stanch::model::{Chunk, Notice, Span};
use stanch::rule::RuleSet;
use stanch::source::odb::{HashKind, Kinds, ObjectStore, SweepOptions, SweptObject, Visitor};
use stanch::text::decode;

/// Source code of our own, repeated to a few megabytes.
fn code() -> Vec<u8> {
    let files = [
        include_str!("../src/detect/engine.rs"),
        include_str!("../src/rule/compile.rs"),
        include_str!("../src/lib.rs"),
    ];
    files.concat().repeat(60).into_bytes()
}

fn benches(criterion: &mut Criterion) {
    let code = code();
    let rules = Arc::new(RuleSet::embedded());
    let engine = Engine::new(rules.clone());
    let (filter, mut places) = (engine.prefilter(), Places::default());
    let mut scratch = Scratch::default();

    let mut group = criterion.benchmark_group("source code");
    group.throughput(Throughput::Bytes(code.len() as u64)).sample_size(10);
    group.bench_function("prefilter", |bencher| {
        bencher.iter(|| {
            let mut hits = 0_u64;
            filter.scan(black_box(&code), Span::new(0, code.len()), &mut places, |_, _| hits += 1);
            hits
        });
    });
    group
        .bench_function("engine", |bencher| bencher.iter(|| engine.scan(Chunk::whole(black_box(&code)), &mut scratch)));
    group.bench_function("escapes and encodings", |bencher| {
        let whole = [Span::new(0, code.len())];
        bencher.iter(|| {
            let mut layers = Vec::new();
            decode::layers(black_box(&code), &whole, &mut decode::Budget::new(code.len()), &mut layers);
            layers.len()
        });
    });
    group.finish();
    packs(criterion);
    criterion.bench_function("start-up: rules and prefilter", |bencher| {
        bencher.iter(|| Engine::new(Arc::new(RuleSet::embedded())));
    });
}

/// Decodes every object of a pack with three hundred deltas, each once.
fn packs(criterion: &mut Criterion) {
    let work = tempfile::tempdir().expect("a folder for a repository");
    let git = |args: &[&str]| {
        let output = Command::new("git").args(args).current_dir(work.path()).output().expect("git is there");
        assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    };
    git(&["init", "-q"]);
    let mut text = String::from_utf8(code()).expect("source code");
    text.truncate(200_000);
    for version in 0..300 {
        let at = text[..version * 90].rfind('\n').map_or(0, |line| line + 1);
        text.insert_str(at, &format!("// version {version}\n"));
        std::fs::write(work.path().join(format!("{version}.rs")), &text).expect("a file");
    }
    git(&["add", "-A"]);
    git(&["-c", "user.name=a", "-c", "user.email=a@example.org", "commit", "-qm", "All"]);
    git(&["-c", "pack.threads=1", "repack", "-adfq"]);
    let store = ObjectStore::open(&[work.path().join(".git/objects")], HashKind::Sha1);
    let sweep = || {
        let counted = Counted::default();
        store.sweep(SweepOptions { kinds: Kinds::ALL, threads: 1 }, &counted);
        counted.0.into_inner()
    };
    let mut group = criterion.benchmark_group("packs");
    group.throughput(Throughput::Bytes(sweep())).sample_size(10);
    group.bench_function("decode", |bencher| bencher.iter(&sweep));
    group.finish();
}

/// Counts bytes.
#[derive(Default)]
struct Counted(AtomicU64);

impl Visitor for Counted {
    type Worker = ();
    type State = ();

    fn worker(&self) {}

    fn visit(&self, (): &mut (), object: SweptObject<'_>, _: Option<&()>) {
        self.0.fetch_add(object.bytes.len() as u64, Ordering::Relaxed);
    }

    fn notice(&self, notice: Notice) {
        panic!("{}: {}", notice.subject, notice.detail);
    }
}

criterion_group!(all, benches);
criterion_main!(all);
