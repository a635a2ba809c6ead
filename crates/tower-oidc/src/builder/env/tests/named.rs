//! Variables that carry the name of a provider.

use super::effects::{Code, settings};
use super::samples::SAMPLES;
use super::wrong_values::WRONG;
use super::{SECRET, Variables, names, read, with};
use crate::builder::env::names::{ProviderVariable, of_provider};
use crate::builder::env::presets::{PRESETS, Preset};
use crate::builder::env::*;
use crate::context::provider::RegisteredProvider;
use relying_party::Provider;

/// Variables that choose presets without an issuer.
const ARGUMENTS: [(&str, &str); 5] = [
    ("AUTH_GOOGLE_HOSTED_DOMAIN", "acme.example"),
    ("AUTH_ENTRA_TENANT", "72f988bf-86f1-41af-91ab-2d7cd011db47"),
    ("AUTH_APPLE_TEAM_ID", "TEAM"),
    ("AUTH_APPLE_KEY_ID", "KEY"),
    (
        "AUTH_APPLE_PRIVATE_KEY_FILE",
        super::preset_samples::KEY_FILE,
    ),
];

/// The required variables with the name of a preset, without those of one setting.
fn required(preset: &Preset, without: &str) -> Vec<(String, &'static str)> {
    let arguments = ARGUMENTS.into_iter().filter(|(name, _)| {
        let mut variables = preset.variables();
        variables.any(|(it, _)| it == *name)
    });
    let of_provider = of_provider().filter(|it| it.unnamed != without);
    let of_provider = of_provider.filter_map(|it| match it.setting {
        "issuer" if preset.with_issuer.is_none() => None,
        "issuer" => Some((it.named(preset.id), "https://id.example.com")),
        "client_id" => Some((it.named(preset.id), "client")),
        _ => None,
    });
    let of_layer = [
        ("AUTH_BASE_URL", "https://app.example.com"),
        ("AUTH_COOKIE_SECRET", SECRET),
    ];
    of_provider
        .chain(of_layer.map(|(name, value)| (name.to_owned(), value)))
        .chain(arguments.map(|(name, value)| (name.to_owned(), value)))
        .collect()
}

fn read_with(
    required: &[(String, &str)],
    name: &str,
    value: &str,
) -> Result<AuthLayerBuilder, ConfigError> {
    let required = required.iter().map(|(name, value)| (name.as_str(), *value));
    read(&required.chain([(name, value)]).collect::<Vec<_>>())
}

/// Whether this preset refuses the variable: in `presets` there is a test for each.
fn is_refused_by(preset: &Preset, setting: &str) -> bool {
    match setting {
        "issuer" => preset.with_issuer.is_none(),
        "client_secret" => preset.id == "apple",
        _ => false,
    }
}

/// Whether the preset understands more than the exact issuer, such as the URL of its metadata.
fn is_tolerant(preset: &Preset, setting: &str) -> bool {
    setting == "issuer" && ["auth0", "okta", "zitadel"].contains(&preset.id)
}

/// The text of the settings with this variable, which must be accepted.
fn settings_with(required: &[(String, &str)], name: &str, value: &str) -> String {
    settings(&read_with(required, name, value).unwrap())
}

#[test]
fn every_variable_of_the_provider_has_the_same_effect_with_the_name_of_each_preset() {
    for variable in of_provider() {
        let sample = SAMPLES.iter().find(|(name, ..)| *name == variable.unnamed);
        let wrong = || WRONG.iter().filter(|(name, _)| *name == variable.unnamed);
        assert!(
            sample.is_some() || wrong().next().is_some(),
            "{} has no sample",
            variable.unnamed
        );
        // A preset may have the sample's value already.
        let mut has_effect = false;
        for preset in PRESETS {
            let named = variable.named(preset.id);
            let required = required(preset, variable.unnamed);
            if let Some((_, value, _)) = sample
                && !is_refused_by(preset, variable.setting)
            {
                let by_name = settings_with(&required, &named, value);
                let without_name = settings_with(&required, variable.unnamed, value);

                assert_eq!(by_name, without_name, "{named}");
                let not_given = read_with(&required, &named, "").ok();
                has_effect |= not_given.is_none_or(|it| settings(&it) != by_name);
            }
            for (_, value) in wrong() {
                if is_tolerant(preset, variable.setting) && value.ends_with("configuration") {
                    continue;
                }
                let built = read_with(&required, &named, value).and_then(AuthLayerBuilder::build);

                let error = built.err().unwrap_or_else(|| panic!("{named}={value}"));
                assert_eq!(error.setting(), named, "{value}: {error}");
            }
        }
        assert_eq!(has_effect, sample.is_some(), "{}", variable.unnamed);
    }
}

const GUIDE: [(&str, &str); 5] = [
    (
        "AUTH_ASGARDEO_ISSUER",
        "https://api.asgardeo.io/t/acme/oauth2/token",
    ),
    ("AUTH_ASGARDEO_ID", "client"),
    ("AUTH_ASGARDEO_SECRET", "client-secret"),
    ("AUTH_BASE_URL", "https://app.example.com"),
    ("AUTH_COOKIE_SECRET", SECRET),
];

#[test]
fn the_variables_of_asgardeos_guide_give_the_preset_in_code() {
    let builder = read(&GUIDE).unwrap();
    let in_code = Code::new().builder.provider_with_id(
        "asgardeo",
        Provider::asgardeo("acme", "client").client_secret("client-secret"),
    );

    assert_eq!(settings(&builder), settings(&in_code));
    let (from_variables, in_code) = (builder.build().unwrap(), in_code.build().unwrap());
    let shown = |auth: &AuthLayer| format!("{:?}", first(auth));
    assert_eq!(shown(&from_variables), shown(&in_code));
    assert_eq!(first(&from_variables).id(), Some("asgardeo"));
}

/// The settings of the provider that these variables give, and its id.
fn provider_of(variables: &Variables<'_>) -> (Option<String>, String) {
    let required = [
        ("AUTH_BASE_URL", "https://app.example.com"),
        ("AUTH_COOKIE_SECRET", SECRET),
    ];
    let builder = read(&[variables, &required].concat()).unwrap();
    let named = builder.providers.checked().unwrap().swap_remove(0);
    let id = named.id.map(|id| id.to_string());
    (id, format!("{:?}", named.provider))
}

#[test]
fn a_name_chooses_the_preset_and_the_issuer_is_exactly_the_one_that_is_given() {
    let custom = "https://login.example.com/sso";
    for (issuer, id, expected_id, expected) in [
        (
            "AUTH_LOGTO_ISSUER",
            "AUTH_LOGTO_ID",
            "logto",
            Provider::logto_with_issuer(custom, "client"),
        ),
        (
            "AUTH_ASGARDEO_ISSUER",
            "AUTH_CLIENT_ID",
            "asgardeo",
            Provider::asgardeo_with_issuer(custom, "client"),
        ),
        (
            "AUTH_ISSUER",
            "AUTH_GENAUTH_ID",
            "genauth",
            Provider::genauth_with_issuer(custom, "client"),
        ),
    ] {
        let given = provider_of(&[(issuer, custom), (id, "client")]);
        let expected = (Some(expected_id.to_owned()), format!("{expected:?}"));
        assert_eq!(given, expected, "{issuer} and {id}");
    }

    let tenant = provider_of(&[
        ("AUTH_LOGTO_ENDPOINT", "t.logto.app"),
        ("AUTH_LOGTO_ID", "a"),
    ]);
    let expected = Provider::logto("t.logto.app", "a");
    assert_eq!(tenant, (Some("logto".to_owned()), format!("{expected:?}")));
    let unnamed = provider_of(&[("AUTH_ISSUER", custom), ("AUTH_CLIENT_ID", "a")]);
    assert_eq!(unnamed, (None, format!("{:?}", Provider::new(custom, "a"))));
}

#[test]
fn what_is_missing_is_named_in_both_forms() {
    let without = |missing: &str| {
        let given = GUIDE.iter().filter(|(name, _)| *name != missing);
        with(&given.copied().collect::<Vec<_>>()).unwrap_err()
    };

    let error = without("AUTH_ASGARDEO_ID");
    assert_eq!(error.setting(), "AUTH_CLIENT_ID");
    assert!(error.to_string().contains("AUTH_ASGARDEO_ID"), "{error}");

    let error = without("AUTH_ASGARDEO_ISSUER");
    assert_eq!(error.setting(), "AUTH_ISSUER");
    assert!(error.to_string().contains("AUTH_ASGARDEO_ORG"), "{error}");
}

#[test]
fn a_provider_in_code_replaces_the_one_of_the_variables() {
    let other = || Provider::new("https://other.example", "other");
    let builder = read(&GUIDE).unwrap();

    let unnamed = builder.clone().provider(other()).build().unwrap();
    assert_eq!(first(&unnamed).issuer(), "https://other.example");
    assert_eq!(first(&unnamed).id(), None);

    let wrong = Provider::new("other.example", "other");
    let error = builder.clone().provider(wrong).build().unwrap_err();
    assert_eq!(error.setting(), "issuer", "no variable gave it: {error}");

    let named = builder.provider_with_id("other", other()).build().unwrap();
    assert_eq!(first(&named).issuer(), "https://other.example");
    assert_eq!(first(&named).id(), Some("other"));
}

#[test]
fn code_adds_settings_to_the_provider_of_the_variables() {
    let builder = read(&GUIDE).unwrap();
    let before = builder.clone().build().unwrap();

    let changed = builder
        .clone()
        .configure_provider(|provider| provider.name("Team sign-in"))
        .build()
        .unwrap();
    assert_eq!(first(&changed).name(), Some("Team sign-in"));
    assert_eq!(first(&changed).issuer(), first(&before).issuer());
    assert_eq!(first(&changed).id(), Some("asgardeo"));

    let wrong = builder.configure_provider(|provider| provider.name(""));
    assert_eq!(wrong.build().unwrap_err().setting(), "AUTH_DISPLAY_NAME");
}

#[test]
fn the_form_with_a_name_is_unlike_every_other_variable() {
    let mut all: Vec<_> = names().into_iter().map(str::to_owned).collect();
    for preset in PRESETS {
        all.extend(of_provider().map(|variable: ProviderVariable| variable.named(preset.id)));
    }
    let mut sorted = all.clone();
    sorted.sort_unstable();
    sorted.dedup();
    assert_eq!(sorted.len(), all.len());
}

fn first(auth: &AuthLayer) -> RegisteredProvider<'_> {
    auth.providers().next().unwrap()
}
