//! One thread or two: the same bytes.

use crate::common::{block, load_column, titanium};

#[test]
fn one_thread_and_two_give_the_same_bits() {
    let mut model = block([31, 18, 43], 0.3, titanium());
    for (n, c) in model.moduli.iter_mut().enumerate() {
        if (n % 7 == 3 || n % 11 == 5) && n > 31 * 18 * 3 {
            *c = [150.0, 60.0, 40.0];
        }
    }
    let run = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| load_column(&model, [3.0, 0.0, -20.0], [5.0, 0.0, 7.0], 1e-7))
    };
    let (one, two, five) = (run(1), run(2), run(5));
    assert!(one.displacement_mm == two.displacement_mm);
    assert!(one == two && two == five);
}
