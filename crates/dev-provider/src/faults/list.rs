//! The macro that lists the faults.

/// Defines the enum together with the list of its variants.
macro_rules! faults {
    (
        $(#[$attribute:meta])*
        pub enum Fault { $($(#[$documentation:meta])* $name:ident,)* }
    ) => {
        $(#[$attribute])*
        pub enum Fault { $($(#[$documentation])* $name,)* }

        impl Fault {
            /// All faults, in the order of their declaration.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];
        }
    };
}

pub(super) use faults;
