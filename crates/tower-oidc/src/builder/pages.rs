//! The pages that sign-ins and sign-outs lead to.

use url::Url;

use super::AuthLayerBuilder;
use crate::config_error::{ConfigError, PADDED, is_padded};
use crate::origin::ProviderChoice;
use crate::origin::base_url::BaseUrl;
use crate::origin::return_to::ReturnTo;

/// The pages that sign-ins and sign-outs lead to.
pub(super) struct Pages {
    pub(super) after_sign_in: ReturnTo,
    /// An absolute URL.
    pub(super) after_sign_out: String,
    pub(super) signed_out_page: ReturnTo,
    pub(super) provider_choice: ProviderChoice,
}

pub(super) fn pages(builder: &AuthLayerBuilder, base_url: &BaseUrl) -> Result<Pages, ConfigError> {
    let routes = &builder.routes;
    let home = match routes.mount_path.as_str() {
        "" => "/",
        mount_path => mount_path,
    };
    for (setting, page) in [
        ("after_sign_in", &builder.after_sign_in),
        ("after_sign_out", &builder.after_sign_out),
        ("choose_provider_page", &builder.choose_provider_page),
    ] {
        if page.as_deref().is_some_and(is_padded) {
            return Err(ConfigError::new(setting, PADDED));
        }
    }
    let own_page =
        |page: &str| ReturnTo::parse(page, base_url).filter(|page| !routes.is_own(page.path()));
    let after_sign_in = own_page(builder.after_sign_in.as_deref().unwrap_or(home));
    let after_sign_in = after_sign_in.ok_or_else(|| {
        ConfigError::new(
            "after_sign_in",
            "must be a path of this application, such as /welcome, and not one of the layer's own",
        )
    })?;
    let default_page = format!("{}/", routes.mount_path);
    let after_sign_out = builder.after_sign_out.as_deref().unwrap_or(&default_page);
    let signed_out_page = ReturnTo::parse(after_sign_out, base_url);
    if signed_out_page
        .as_ref()
        .is_some_and(|page| routes.is_own(page.path()))
    {
        return Err(ConfigError::new(
            "after_sign_out",
            "must not be one of the layer's own paths, which show no page; give a page of the \
             application, such as /bye",
        ));
    }
    let absolute = match &signed_out_page {
        Some(page) => format!("{}{}", base_url.origin(), page.as_str()),
        None => after_sign_out.to_owned(),
    };
    check_absolute("after_sign_out", &absolute)?;
    if signed_out_page.is_none() && routes.signed_out.is_some() {
        return Err(ConfigError::new(
            "after_sign_out",
            "must be a path of this application while signed_out_path is on, because that \
             route leads to it",
        ));
    }
    Ok(Pages {
        provider_choice: provider_choice(builder, own_page)?,
        after_sign_in,
        after_sign_out: absolute,
        signed_out_page: signed_out_page
            .or_else(|| own_page(&default_page))
            .ok_or_else(|| ConfigError::new("mount_path", "must not be a path of a route"))?,
    })
}

fn provider_choice(
    builder: &AuthLayerBuilder,
    own_page: impl Fn(&str) -> Option<ReturnTo>,
) -> Result<ProviderChoice, ConfigError> {
    match &builder.choose_provider_page {
        Some(page) => own_page(page).map(ProviderChoice::OnPage).ok_or_else(|| {
            ConfigError::new(
                "choose_provider_page",
                "must be a path of this application, such as /company, and not one of the layer's own",
            )
        }),
        None if builder.choose_provider => Ok(ProviderChoice::OnOurPage),
        None => Ok(ProviderChoice::First),
    }
}

fn check_absolute(setting: &'static str, url: &str) -> Result<(), ConfigError> {
    let web = Url::parse(url)
        .is_ok_and(|url| matches!(url.scheme(), "https" | "http") && url.fragment().is_none());
    if web && url.bytes().all(|byte| byte.is_ascii_graphic()) {
        Ok(())
    } else {
        Err(ConfigError::new(
            setting,
            "must be an absolute URL such as https://app.example.com/bye, without a fragment",
        ))
    }
}
