//! Any text as a recipe: faults with their lines or a recipe, never a panic.
#![no_main]

use ossein_case::recipe::Recipe;

libfuzzer_sys::fuzz_target!(|text: &str| {
    if let Ok(recipe) = Recipe::parse(text, "case.toml") {
        let _ = (recipe.hash(), recipe.missing());
    }
});
