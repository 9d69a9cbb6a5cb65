//! Real threads through the world's doors.
