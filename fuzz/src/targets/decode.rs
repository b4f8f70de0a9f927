//! All decoders over any bytes, layer in layer: places lie in the text, the budget holds, looking at a part is enough.

use stanch::model::Span;
use stanch::text::decode::{Budget, Layer, each, layers, reversed};

/// Runs it.
pub fn run(data: &[u8]) {
    let whole = [Span::new(0, data.len())];
    let mut found = Vec::new();
    layers(data, &whole, &mut Budget::new(data.len()), &mut found);
    for layer in found.iter().chain(&[reversed(data)]) {
        check(layer, data.len());
    }
    let mut left = 200;
    descend(data, &mut Budget::with_limits(1 << 20, 500, 4), &mut left);
    // Around any of the layers, the same layer is found.
    for layer in found.iter().take(8) {
        let mut again = Vec::new();
        layers(data, &[layer.span], &mut Budget::new(data.len()), &mut again);
        let is_same =
            |other: &Layer| other.span == layer.span && other.kind == layer.kind && other.bytes == layer.bytes;
        assert!(again.iter().any(is_same), "{} at {:?} is not found alone", layer.kind, layer.span);
    }
}

fn check(layer: &Layer, len: usize) {
    assert!(layer.span.end <= len);
    for at in [0, layer.bytes.len() / 2, layer.bytes.len()] {
        let span = layer.original(Span::new(at, layer.bytes.len()));
        assert!(layer.span.contains(span), "{span:?} of {} is outside of {:?}", layer.kind, layer.span);
    }
    let _ = layer.changed();
}

fn descend(bytes: &[u8], budget: &mut Budget, left: &mut usize) {
    let whole = [Span::new(0, bytes.len())];
    each(bytes, &whole, &whole, budget, &mut |layer, budget| {
        check(&layer, bytes.len());
        *left = left.saturating_sub(1);
        if *left > 0 && budget.enter() {
            descend(&layer.bytes, budget, left);
            budget.leave();
        }
    });
}
