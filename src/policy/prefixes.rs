//! Prefixes by which bundlers tell what is meant for everybody. It also compiles into the build script, which makes the
//! prefilter's tables of them; further ones come from the configuration.

/// Prefixes whose variables bundlers write into what every visitor gets.
pub const PREFIXES: &[&str] =
    &["VITE_", "NEXT_PUBLIC_", "REACT_APP_", "PUBLIC_", "EXPO_PUBLIC_", "NUXT_PUBLIC_", "GATSBY_", "VUE_APP_"];
