"""A synthetic recording with known answers: rhythm, ECG, PPG, respiration, movement."""
