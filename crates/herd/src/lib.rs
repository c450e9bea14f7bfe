//! What a common outage does to the service when it is back: real cores by the million in virtual
//! time ([`herd`]), and beside them the published formulas of other clients ([`peers`]). Clients
//! know nothing of each other, and the service is either down or takes everybody; so each is led
//! through the outage by itself, and memory does not grow with their number.

mod chance;
pub mod figures;
pub mod herd;
pub mod idle;
mod life;
pub mod peers;
pub mod plot;
pub mod table;
