//! Which provider a link to the sign-in leads to, and what is shown if it leads to none or the user chooses.

use super::provider_in_path::provider_in_path;
use crate::components::Components;
use crate::log_limit::limited;
use crate::origin::routes::ProviderInPath;
use crate::origin::sign_in_query::SignInQuery;
use crate::origin::{Origin, ProviderChoice};
use crate::provider::Registration;
use crate::provider::resolver::ProviderQuery;
use crate::provider::resolver::found::NotFound;
use crate::web::pages;
use crate::web::response::{OwnResponse, see_other};

/// The provider of a link to the sign-in: the one in its path, or else the one that the resolver chooses, or
/// else the first one. `None` if the user chooses.
pub(super) async fn provider_for(
    components: &Components,
    path: &ProviderInPath,
    query: &SignInQuery,
) -> Result<Option<Registration>, NotFound> {
    let providers = &components.providers;
    if let Some(named) = provider_in_path(providers, path).await? {
        return Ok(Some(named));
    }
    let chosen = providers.choose(|empty| ProviderQuery {
        login_hint: query.login_hint.clone(),
        return_to: query.return_to.clone(),
        parameters: query.passed.clone(),
        ..empty
    });
    if let Some(chosen) = chosen.await? {
        return Ok(Some(chosen));
    }
    // The page would only ask the same again.
    let is_from_page = matches!(components.origin.provider_choice, ProviderChoice::OnPage(_));
    if is_from_page && providers.resolved().is_some() && query.login_hint.is_some() {
        return Err(NotFound::Unknown);
    }
    components.first_unless_users_choose()
}

/// The page for a sign-in whose provider is not found.
pub(super) fn no_provider(origin: &Origin, error: NotFound) -> OwnResponse {
    match error {
        NotFound::Unknown if origin.routes.has_resolver => {
            tracing::debug!("the provider resolver knows no provider for a sign-in");
            pages::provider_not_found(match &origin.provider_choice {
                ProviderChoice::OnPage(page) => page.as_str(),
                ProviderChoice::OnOurPage | ProviderChoice::First => origin.after_sign_in.as_str(),
            })
        }
        NotFound::Unknown => {
            tracing::debug!("a sign-in asks for a provider that does not exist");
            pages::unknown_provider(origin.sign_in_link(None, None).as_deref())
        }
        NotFound::Unavailable => pages::unavailable(false),
    }
}

/// Where the user chooses: the page of the application, with the query; or a page with a link for each provider,
/// which asks for the same as the query.
pub(super) fn choose_provider(components: &Components, query: &SignInQuery) -> OwnResponse {
    let origin = &components.origin;
    let page = origin.own_page(query.return_to.as_deref());
    let query = SignInQuery {
        return_to: page.as_ref().map(|page| page.as_str().to_owned()),
        ..query.clone()
    };
    if let ProviderChoice::OnPage(choice) = &origin.provider_choice {
        let leads_back = page.is_some_and(|page| page.path() == choice.path());
        return match leads_back {
            false => see_other(&choice.with_query(&query.write())),
            true => {
                limited!(
                    error,
                    origin,
                    ("choose_provider_page", ""),
                    page = choice.as_str(),
                    "the page on which users choose a provider itself asks for a sign-in: let everybody open it"
                );
                pages::sign_in_failed()
            }
        };
    }
    let links: Vec<_> = components
        .providers
        .registered()
        .filter_map(|it| {
            let url = origin.sign_in_url(it.id.as_deref(), page.as_ref(), query.clone())?;
            Some((url, it.name_for_people()))
        })
        .collect();
    pages::choose_provider(&links)
}
