//! Is the reference right itself?
