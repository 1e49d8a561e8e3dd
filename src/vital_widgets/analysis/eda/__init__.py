"""Electrodermal activity: tonic and phasic components, skin conductance responses."""
