//! Speed of the engine's parts: `cargo bench`. Figures are for people; no test asserts them.

use std::hint::black_box;
use std::sync::Arc;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use stanch::detect::prefilter::Places;
use stanch::detect::{Engine, Scratch};
use stanch::model::{Chunk, Span};
use stanch::rule::RuleSet;

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
    group.finish();
    criterion.bench_function("start-up: rules and prefilter", |bencher| {
        bencher.iter(|| Engine::new(Arc::new(RuleSet::embedded())));
    });
}

criterion_group!(all, benches);
criterion_main!(all);
