//! The first ES384 key.
//!
//! It is fixed, so that a provider that is started anew still recognises the `id_token_hint` of a
//! sign-in before. It is **public**: anyone can sign with it, so it is good for development and
//! tests only. Rotations make fresh ones.
//!
//! Made with `openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-384 | openssl pkcs8
//! -topk8 -nocrypt -outform DER`.

/// PKCS #8 in base64. For development only.
pub(super) const FIRST: &str = "\
    MIG2AgEAMBAGByqGSM49AgEGBSuBBAAiBIGeMIGbAgEBBDBUMSaGift193o8RZL6A93tOjeUZEZrxnavVK+pM05yy6oH\
    lRVVDXMYGbOVBjztOSihZANiAARis0WmDis3qOD1cYD23firrAQv8u0sERJR8Es5KssJVC9pCtXpQc/6CmE+b0GGhhP4\
    /K5o8EyTa2yUHh/8UooEi/PyFJ/kQs1BKSlLuSDnCJKqYpjxxxItStBg5oLioME=\
";
