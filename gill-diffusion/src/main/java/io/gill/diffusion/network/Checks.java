package io.gill.diffusion.network;

import io.gill.weights.ConfigFile;

/** Checks configured values. Messages start with the key. */
final class Checks {
  private Checks() {}

  static void positive(String key, double value) {
    if (!(value > 0 && value < 1e6)) {
      throw new IllegalArgumentException(key + " is " + value + ": use a positive number");
    }
  }

  static void divides(String key, int value, String wholeKey, int whole) {
    if (value < 1 || whole % value != 0) {
      throw new IllegalArgumentException(key + " is " + value + ", which does not divide " + wholeKey + " " + whole);
    }
  }

  static void channels(String key, int value, int groups) {
    ConfigFile.checkRange(key, value, 1, 1 << 16);
    divides("norm_num_groups", groups, key, value);
  }

  static int integer(double value, String key) {
    if (value != Math.rint(value) || Math.abs(value) > Integer.MAX_VALUE) {
      throw new IllegalArgumentException(key + " is " + value + ": use an integer");
    }
    return (int) value;
  }
}
