"""Vehicles on roads and in parking spaces, roundabouts and driveways; two-wheelers that skid; towing; aircraft."""
