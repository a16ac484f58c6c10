"""Vehicles in places of their own: parking spaces, roundabouts, driveways; two-wheelers that skid; towing."""
