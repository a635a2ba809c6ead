//! The integration tests: one binary, one file per concern.

#![cfg(test)]
#![expect(
    clippy::arithmetic_side_effects,
    reason = "a test that overflows fails"
)]

mod access_token_route;
mod admission;
mod after_response_head;
mod allocations;
mod any_service;
mod application_data;
mod bad_cookies;
mod caching;
mod callback_malformed;
mod callback_without_transaction;
mod cases;
mod changing_secrets;
#[cfg(feature = "interop")]
mod chromium;
mod chunked_sessions;
mod client_assertions;
mod client_keys;
mod client_secret_source;
mod configuration;
mod confusion;
mod cookie_header;
mod coordinated;
mod corpus;
mod csrf;
mod demands;
mod environment;
mod error_codes;
mod events;
mod expired_hint;
mod floods;
mod form_post;
mod former_cookies;
mod frozen_hosts;
mod grpc;
mod guards;
mod guides;
mod hooks;
mod id_token_hint_required;
mod id_token_settings;
mod initiate_login;
#[cfg(feature = "interop")]
mod interop;
mod key_rotation;
mod laziness;
mod leaks;
mod lifetimes;
mod load;
mod log;
mod log_floods;
mod logout_url;
mod long_urls;
mod lost_responses;
mod many_users;
mod mapped_claims;
mod memory_store;
mod methods;
mod mounting;
#[cfg(feature = "interop")]
mod nginx;
mod operator_warnings;
mod origins;
mod outage;
mod own_client;
mod own_pages;
mod plain_http;
mod provider_error_texts;
mod provider_faults;
mod provider_logout;
mod provider_metadata;
mod public_types;
mod pushed_authorization;
mod randomness;
mod redirect_loops;
#[cfg(feature = "interop")]
mod redis;
mod refresh;
mod refresh_and_sign_out;
mod refresh_failures;
mod refresh_responses;
mod refused_sign_ins;
mod renewed_claims;
mod resolver;
mod resources;
mod return_to;
mod returned_responses;
mod revocation_policy;
mod revocation_store;
mod revoke;
mod secret_rotation;
mod service_workers;
mod session_budget;
mod session_expiry;
mod session_lifecycle;
mod session_script;
mod session_store;
mod session_stores;
mod several_providers;
mod several_tabs;
mod sign_in;
mod sign_in_links;
mod sign_in_options;
mod sign_in_requests;
mod sign_out;
mod sign_out_by_form;
mod sign_out_by_script;
mod sign_out_options;
mod signed_out;
mod signed_out_state;
mod size;
mod static_provider;
mod stripped_cookies;
mod tokens_denied;
mod transactions;
mod two_instances;
mod unfinished_sign_ins;
mod unsaved_forms;
mod upgrades;
mod user_agent;
mod user_info;
mod visible_responses;
