//! Any text: an error or a recipe, never a panic.
#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| {
    let _ = ossein_case::recipe::Recipe::parse(text, "recipe.toml");
});
