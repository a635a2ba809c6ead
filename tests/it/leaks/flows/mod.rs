//! Every flow of the layer, successful and failing.

mod cookies;
mod origins;
mod provider;
mod sign_in;
mod sign_out;
mod tokens;

use std::pin::Pin;

use super::stage::Stage;

/// One flow: its name, and how it is run. It shows itself that it was run.
pub(super) struct Flow {
    pub(super) name: &'static str,
    pub(super) run: for<'a> fn(&'a mut Stage) -> Pin<Box<dyn Future<Output = ()> + 'a>>,
}

macro_rules! flows {
    ($($module:ident: $($flow:ident,)*;)*) => {
        &[$($(Flow {
            name: stringify!($flow),
            run: |stage| Box::pin($module::$flow(stage)),
        }),*),*]
    };
}

pub(super) const FLOWS: &[Flow] = flows! {
    sign_in:
        a_guarded_page,
        two_protocol_versions,
        a_handlers_sign_in,
        a_step_up,
        another_user,
        a_second_submit,
        no_user_at_the_sign_in,
        a_query_that_is_too_long,
        a_malformed_callback,
        an_error_that_nobody_asked_for,
        a_refusal_of_the_provider,
        a_lost_transaction,
        a_transaction_lost_again,
        a_transaction_that_is_too_old,
        no_random_bytes,
        the_session_route,
    ;
    cookies:
        several_cookies,
        more_than_fits,
        a_part_that_is_left_out,
        a_renewal,
        an_older_secret,
        another_secret,
        a_damaged_cookie,
        an_old_cookie,
        two_sessions,
        stripped_cookies,
        the_applications_data,
    ;
    origins:
        several_origins,
        an_unknown_host,
        nested_layers,
        no_layer,
        what_build_accepts,
    ;
    provider:
        discovery,
        discovery_that_fails,
        user_info,
        introspection,
        every_fault_at_the_sign_in,
        every_fault_of_a_refresh,
        a_provider_that_repeats_what_it_was_sent,
    ;
    tokens:
        a_refresh,
        a_resource,
        a_resource_that_needs_the_user,
        a_late_token,
        a_disabled_user,
        a_coordinator_that_fails,
        the_end_of_the_process,
    ;
    sign_out:
        the_confirmation_page,
        a_sign_out_by_a_script,
        a_handlers_sign_out,
        the_signed_out_route,
        a_forged_state_of_a_sign_out,
        an_expired_session,
        nobody,
        another_site,
        no_provider,
        no_revocation,
    ;
};
