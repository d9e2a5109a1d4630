//! Errors of operations on buckets and object stores: a kind an operation, each variant with its text.

/// Declares an error by its kinds, and these with their texts.
macro_rules! kinds {
    ($(#[$about:meta])* $error:ident, $kind:ident { $($(#[$doc:meta])* $variant:ident: $text:expr,)* }) => {
        $(#[$about])*
        pub type $error = $crate::error::Error<$kind>;

        #[doc = concat!("The kinds of [`", stringify!($error), "`].")]
        #[derive(Clone, Copy, Debug, PartialEq)]
        pub enum $kind {
            $($(#[$doc])* $variant,)*
        }

        impl ::std::fmt::Display for $kind {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.write_str(match self {
                    $($kind::$variant => $text,)*
                })
            }
        }
    };
}

pub(super) use kinds;
