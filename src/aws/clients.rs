//! Clients of one service, one for each region that is asked.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use super::site::Site;
use crate::model::Region;

/// Makes each region's client once: a client keeps its connections and what it learned of the region's pace.
#[derive(Debug)]
pub struct Clients<C> {
    make: fn(&Site) -> C,
    by_region: Mutex<HashMap<Region, C>>,
}

impl<C: Clone> Clients<C> {
    /// Clients that are made so.
    pub fn new(make: fn(&Site) -> C) -> Self {
        Self { make, by_region: Mutex::default() }
    }

    /// The client of the region that the site asks.
    pub fn of(&self, site: &Site) -> C {
        let mut clients = self.by_region.lock().unwrap_or_else(PoisonError::into_inner);
        clients.entry(site.region_name().clone()).or_insert_with(|| (self.make)(site)).clone()
    }
}
