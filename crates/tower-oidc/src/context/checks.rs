//! What a guard checks before the application sees a request.

use std::sync::Arc;

use relying_party::BoxFuture;

use crate::context::AuthContext;
use crate::context::demands::Demands;
use crate::context::error::AuthError;
use crate::context::revalidation::RefreshBeforehand;
use crate::sign_in::step_up::StepUp;

/// The checks of one guard.
#[derive(Clone, Debug, Default)]
pub(crate) struct Checks {
    pub(crate) refresh: RefreshBeforehand,
    demands: Arc<Demands>,
    /// What a sign-in has to ask for because of the demands.
    step_up: Arc<StepUp>,
}

/// Whether a request may pass.
pub(crate) enum Checked {
    Done(Result<(), AuthError>),
    /// The provider has to be asked first.
    Waiting(BoxFuture<Result<(), AuthError>>),
}

impl Checks {
    pub(crate) fn of(demands: Demands) -> Self {
        Self {
            refresh: RefreshBeforehand::default(),
            step_up: Arc::new(demands.step_up()),
            demands: Arc::new(demands),
        }
    }

    pub(crate) fn demands(&self) -> &Demands {
        &self.demands
    }

    /// Changes what is demanded.
    pub(crate) fn demand(&mut self, change: impl FnOnce(&mut Demands)) {
        change(Arc::make_mut(&mut self.demands));
        self.step_up = Arc::new(self.demands.step_up());
    }
}

impl AuthContext {
    /// Checks that a user is signed in, that the provider still gives them access, and that they have what is demanded: in
    /// this order, so that the newest claims are looked at.
    pub(crate) fn check(&self, checks: &Checks) -> Checked {
        self.add_demanded(&checks.step_up);
        if !self.is_authenticated() {
            return Checked::Done(Err(self.refused()));
        }
        let refresh = self.refresh_beforehand(&checks.refresh);
        let finds_provider = self.has_to_find_provider(&checks.demands);
        if refresh.is_none() && !finds_provider {
            return Checked::Done(self.check_demands(&checks.demands));
        }
        let context = self.clone();
        let demands = Arc::clone(&checks.demands);
        Checked::Waiting(Box::pin(async move {
            if let Some(refresh) = refresh {
                refresh.await?;
            }
            if finds_provider {
                context.find_provider().await?;
            }
            context.check_demands(&demands)
        }))
    }
}
