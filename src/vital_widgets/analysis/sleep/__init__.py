"""Sleep: hypnogram, statistics of a night, spindles and slow waves."""
