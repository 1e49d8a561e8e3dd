"""ECG: beats and their detection, waves, intervals, ST segment, shapes, rhythm."""
