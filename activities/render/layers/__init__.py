"""The kinds of layers, one a file; `factory.make_painter` gives the painter of any layer."""
