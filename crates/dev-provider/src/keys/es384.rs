//! The first ES384 key.
//!
//! It is a constant, so that a restarted provider still accepts the `id_token_hint` of an earlier
//! sign-in. It is **public**: everyone can sign with it, so use it for development and tests only.
//! A rotation generates a new key.
//!
//! Made with `openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-384 | openssl pkcs8
//! -topk8 -nocrypt -outform DER`.

/// PKCS #8 in base64. For development only.
pub(super) const FIRST: &str = "\
    MIG2AgEAMBAGByqGSM49AgEGBSuBBAAiBIGeMIGbAgEBBDBUMSaGift193o8RZL6A93tOjeUZEZrxnavVK+pM05yy6oH\
    lRVVDXMYGbOVBjztOSihZANiAARis0WmDis3qOD1cYD23firrAQv8u0sERJR8Es5KssJVC9pCtXpQc/6CmE+b0GGhhP4\
    /K5o8EyTa2yUHh/8UooEi/PyFJ/kQs1BKSlLuSDnCJKqYpjxxxItStBg5oLioME=\
";
