//! Several providers in one layer: each has its own paths, and a session belongs to one of them.

mod form_post;
mod hints;
mod isolation;
mod mix_up;
mod ownership;
mod paths;
mod unfinished;
