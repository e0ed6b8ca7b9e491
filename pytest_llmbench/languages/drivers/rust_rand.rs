//! As much of the crate `rand` (0.4 to 0.7) as public benchmarks use, where it is not at hand.
//!
//! It draws the same numbers in every run, so that an answer gets the same verdict, too.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

static STATE: AtomicU64 = AtomicU64::new(0x9e37_79b9_7f4a_7c15);

pub struct ThreadRng;

pub fn thread_rng() -> ThreadRng {
    ThreadRng
}

pub fn random<T: Random>() -> T {
    T::random(&mut thread_rng())
}

pub trait RngCore {
    fn next_u64(&mut self) -> u64;
}

impl RngCore for ThreadRng {
    // The generator that is known as xorshift64*.
    fn next_u64(&mut self) -> u64 {
        let mut state = STATE.load(Relaxed);
        state ^= state >> 12;
        state ^= state << 25;
        state ^= state >> 27;
        STATE.store(state, Relaxed);
        state.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }
}

pub trait Rng: RngCore {
    fn gen<T: Random>(&mut self) -> T
    where
        Self: Sized,
    {
        T::random(self)
    }

    fn gen_bool(&mut self, p: f64) -> bool
    where
        Self: Sized,
    {
        f64::random(self) < p
    }

    /// From `low` up to `high`, which is never drawn.
    fn gen_range<T: Between>(&mut self, low: T, high: T) -> T
    where
        Self: Sized,
    {
        T::between(self, low, high)
    }

    fn shuffle<T>(&mut self, items: &mut [T])
    where
        Self: Sized,
    {
        for last in (1..items.len()).rev() {
            items.swap(last, self.gen_range(0, last + 1));
        }
    }

    fn choose<'a, T>(&mut self, items: &'a [T]) -> Option<&'a T>
    where
        Self: Sized,
    {
        if items.is_empty() { None } else { items.get(self.gen_range(0, items.len())) }
    }
}

impl<R: RngCore> Rng for R {}

pub trait Random {
    fn random(rng: &mut dyn RngCore) -> Self;
}

pub trait Between {
    fn between(rng: &mut dyn RngCore, low: Self, high: Self) -> Self;
}

macro_rules! integers {
    ($($kind:ty)*) => {
        $(impl Random for $kind {
            fn random(rng: &mut dyn RngCore) -> $kind {
                (rng.next_u64() >> 7) as $kind ^ rng.next_u64() as $kind
            }
        }
        impl Between for $kind {
            fn between(rng: &mut dyn RngCore, low: $kind, high: $kind) -> $kind {
                assert!(low < high, "Rng.gen_range called with low >= high");
                let width = (high as i128 - low as i128) as u128;
                (low as i128 + (rng.next_u64() as u128 % width) as i128) as $kind
            }
        })*
    };
}
integers!(i8 i16 i32 i64 isize u8 u16 u32 u64 usize);

macro_rules! floats {
    ($($kind:ty)*) => {
        $(impl Random for $kind {
            fn random(rng: &mut dyn RngCore) -> $kind {
                (rng.next_u64() >> 40) as $kind / (1u64 << 24) as $kind
            }
        }
        impl Between for $kind {
            fn between(rng: &mut dyn RngCore, low: $kind, high: $kind) -> $kind {
                low + (high - low) * <$kind>::random(rng)
            }
        })*
    };
}
floats!(f32 f64);

impl Random for bool {
    fn random(rng: &mut dyn RngCore) -> bool {
        rng.next_u64() >> 63 == 1
    }
}
