#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| stanch_fuzz::targets::known::run(data));
