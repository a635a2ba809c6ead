//! Builds the layer from the settings, and checks everything that can be checked without the network.

use std::mem;
use std::sync::Arc;

use sealed_cookie::Purpose;

use super::AuthLayerBuilder;
use super::components::SharedComponents;
use super::origins::{OriginsFactory, other_origins};
use super::provider_client::{self, Registrar};
use super::provider_conflicts;
use super::provider_list::NamedProvider;
use super::secrets::Secrets;
use super::setting_names::SettingNames;
use crate::config_error::ConfigError;
use crate::layer::AuthLayer;
use crate::origin::base_url::BaseUrl;
use crate::origin::routes::Routes;
use crate::random::Random;

impl AuthLayerBuilder {
    /// Checks the settings and builds the layer. The provider is not contacted: its metadata is fetched at
    /// the first sign-in, or by [`AuthLayer::discover`].
    ///
    /// A log line at INFO shows the configuration, and which URIs to register with the provider.
    ///
    /// # Errors
    ///
    /// The error names the setting, what is wrong and what to do, and shows no secret.
    pub fn build(mut self) -> Result<AuthLayer, ConfigError> {
        let names = Arc::new(mem::take(&mut self.names));
        assemble(self, &names).map_err(|error| names.rename(error))
    }
}

fn assemble(
    builder: AuthLayerBuilder,
    names: &Arc<SettingNames>,
) -> Result<AuthLayer, ConfigError> {
    let http = provider_client::http_client(&builder)?;
    let providers = builder.providers.checked()?;
    let base_url = required(
        "base_url",
        builder.base_url.as_deref(),
        "the origin that users see, such as https://app.example.com",
    )?;
    let base_url = BaseUrl::parse(base_url, builder.plain_http)?;
    let others = other_origins(&base_url, &builder.additional_base_urls, builder.plain_http)?;
    let routes = provider_routes(&builder, &providers);
    routes.check()?;
    check_paths_for(&builder, &routes)?;
    let secrets = Secrets::of(&builder)?;
    let key_ring = secrets.key_ring()?;
    let random = Arc::new(Random::new(
        key_ring.hedged_random(Purpose::RANDOM, &[]),
        Arc::clone(&builder.entropy),
        Arc::clone(&builder.clock),
    ));
    let registrar = Registrar::new(&builder, http, Arc::clone(&random), base_url.is_loopback());
    let clients = registrar.clients(providers)?;
    provider_conflicts::check(&clients)?;
    let shared = SharedComponents::new(&builder, routes, random, &registrar, &clients)?;
    let clock = Arc::clone(&builder.clock);
    let factory = OriginsFactory::new(builder, shared, base_url, others)?;
    let origins = Arc::new(factory.origins(key_ring)?);
    let current = secrets.current_origins(Arc::clone(&origins), factory, clock, names);
    let auth = AuthLayer {
        origins,
        current: Arc::new(current),
    };
    auth.log_configuration();
    Ok(auth)
}

/// Refuses settings of a path that is turned off: they would have no effect.
fn check_paths_for(builder: &AuthLayerBuilder, routes: &Routes) -> Result<(), ConfigError> {
    let error = |setting, rule| Err(ConfigError::new(setting, rule));
    if builder.choose_provider && routes.sign_in.is_none() {
        return error(
            "choose_provider",
            "needs the sign-in path, where users choose: remove without_sign_in_path \
             (AUTH_SIGN_IN_PATH=off), or do not set it",
        );
    }
    if builder.choose_provider_page.is_some() && routes.sign_in.is_none() {
        return error(
            "choose_provider_page",
            "needs the sign-in path, to which its links or its form lead: remove without_sign_in_path \
             (AUTH_SIGN_IN_PATH=off), or do not set it",
        );
    }
    if !builder.sign_in_parameters.is_empty()
        && routes.sign_in.is_none()
        && routes.sign_up.is_none()
    {
        return error(
            "sign_in_parameters",
            "needs the sign-in path, whose links have the parameters: remove without_sign_in_path \
             (AUTH_SIGN_IN_PATH=off), or do not set it",
        );
    }
    if builder.sign_out.by_get && routes.sign_out.is_none() {
        return error(
            "sign_out_by_get",
            "needs the sign-out path: remove without_sign_out_path (AUTH_SIGN_OUT_PATH=off), or do \
             not set it",
        );
    }
    for (setting, is_set) in [
        ("session_script_path", routes.session_script.is_some()),
        ("session_claims", builder.session_claims.is_some()),
    ] {
        if is_set && routes.session.is_none() {
            return error(
                setting,
                "needs the session path, which returns the claims: remove without_session_path \
                 (AUTH_SESSION_PATH=off), or do not set it",
            );
        }
    }
    for (setting, path) in [
        ("backchannel_logout_path", &routes.backchannel_logout),
        ("frontchannel_logout_path", &routes.frontchannel_logout),
    ] {
        if path.is_some() && builder.stores.revocations.is_none() {
            return error(
                setting,
                "needs a revocation_store, where all instances find which sessions have ended: give one, \
                 such as MemoryStore for a single instance, or do not set it",
            );
        }
    }
    Ok(())
}

/// The routes with the ids of the providers, which some paths end in.
fn provider_routes(builder: &AuthLayerBuilder, providers: &[NamedProvider]) -> Routes {
    Routes {
        has_resolver: builder.providers.resolver.is_some(),
        provider_ids: providers.iter().filter_map(|it| it.id.clone()).collect(),
        ..builder.routes.clone()
    }
}

fn required<T>(
    setting: &'static str,
    value: Option<T>,
    remedy: &'static str,
) -> Result<T, ConfigError> {
    value.ok_or_else(|| ConfigError::new(setting, format!("is missing: give {remedy}")))
}
