package io.gill.weights;

import io.gill.GillException;
import io.gill.weights.Unpickler.Result;
import io.gill.weights.Unpickler.Storage;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The container of torch.save before 1.6: pickles of a magic number, a version, the machine's properties, the object
 * and the storage keys, followed by each storage as an element count and raw bytes.
 */
final class LegacyContainer {
  private static final BigInteger MAGIC = new BigInteger("1950a86a20f9469cfc6c", 16);
  private static final long VERSION = 1001;

  /** Fixed cost of reading five pickles, besides their opcodes. */
  private static final int NESTED_STEPS = 128;

  private final Path origin;
  private final ByteRegion region;
  private final PickleBudget budget;
  private final Map<String, Slot> slots = new HashMap<>();

  private LegacyContainer(Path origin, ByteRegion region, PickleBudget budget) {
    this.origin = origin;
    this.region = region;
    this.budget = budget;
  }

  /** A storage whose key is known before its position in the file. */
  private static final class Slot implements ByteRegion {
    private final DType dtype;
    private final long bytes;
    private @Nullable ByteRegion place;

    Slot(DType dtype, long bytes) {
      this.dtype = dtype;
      this.bytes = bytes;
    }

    @Override
    public long size() {
      return bytes;
    }

    @Override
    public ByteBuffer slice(long offset, int length) {
      if (place == null) {
        throw new IllegalStateException("a storage was read before it was located");
      }
      return place.slice(offset, length);
    }

    @Override
    public long positionIn(ByteRegion region) {
      return place == null ? -1 : place.positionIn(region);
    }
  }

  /** Reads the object in a file. */
  static @Nullable Object read(Path origin, ByteRegion file) {
    return new LegacyContainer(origin, file, new PickleBudget(origin, file.storedSize())).read(false);
  }

  /** Reads the object in a container that is embedded in a pickle, within that pickle's budget. */
  static @Nullable Object readNested(Path origin, ByteRegion region, PickleBudget budget) {
    budget.spend(NESTED_STEPS);
    return new LegacyContainer(origin, region, budget).read(true);
  }

  private @Nullable Object read(boolean nested) {
    Result magic = plain(0);
    if (!MAGIC.equals(magic.value())) {
      throw new GillException(
          origin + " is a pickle, but not a PyTorch checkpoint: its magic number is wrong or damaged");
    }
    Result version = plain(magic.end());
    if (!Long.valueOf(VERSION).equals(version.value())) {
      throw new GillException(origin + " has the checkpoint version " + version.value() + " instead of " + VERSION);
    }
    Result system = plain(version.end());
    if (!(system.value() instanceof Map<?, ?> properties)
        || !Boolean.TRUE.equals(properties.get("little_endian"))) {
      throw new GillException(origin + " was not written on a little-endian machine, which is not supported");
    }
    Result root = Unpickler.read(origin, region, system.end(), this::slot, budget, nested);
    Result keys = plain(root.end());
    if (!(keys.value() instanceof List<?> order)) {
      throw new GillException(origin + " has no list of storages after its pickle");
    }
    place(order, keys.end());
    return root.value();
  }

  /** Reads a pickle of plain values. */
  private Result plain(long start) {
    return Unpickler.read(origin, region, start, Unpickler.noStorages(origin), budget, true);
  }

  private Storage slot(DType dtype, String key, long elements, @Nullable Tuple view) {
    long bytes = elements * dtype.byteSize();
    Slot slot = slots.computeIfAbsent(key, k -> new Slot(dtype, bytes));
    if (slot.dtype != dtype || slot.bytes != bytes) {
      throw new GillException(origin + ": storage '" + key + "' has two descriptions");
    }
    if (view == null) {
      return new Storage(dtype, slot);
    }
    if (view.size() == 3
        && view.get(1) instanceof Long offset
        && view.get(2) instanceof Long length
        && offset >= 0
        && length >= 0
        && offset <= elements - length) {
      return new Storage(dtype, slot.part(offset * dtype.byteSize(), length * dtype.byteSize()));
    }
    throw new GillException(origin + ": storage '" + key + "' has a view outside itself");
  }

  private void place(List<?> order, long start) {
    long position = start;
    Set<Object> seen = new HashSet<>();
    for (Object key : order) {
      Slot slot = key instanceof String text ? slots.get(text) : null;
      if (slot == null || !seen.add(key)) {
        throw new GillException(origin + " lists a storage that its pickle does not use, or one twice");
      }
      if (position > region.size() - 8) {
        throw new GillException(origin + " is truncated: storage '" + key + "' is missing");
      }
      long elements = region.slice(position, 8).getLong();
      position += 8;
      if (elements != slot.bytes / slot.dtype.byteSize()) {
        throw new GillException(
            origin + ": storage '" + key + "' has " + elements + " elements where its tensors need "
                + slot.bytes / slot.dtype.byteSize());
      }
      if (slot.bytes > region.size() - position) {
        throw new GillException(
            origin + " is truncated: storage '" + key + "' needs " + slot.bytes + " bytes, "
                + (region.size() - position) + " are left");
      }
      slot.place = region.part(position, slot.bytes);
      position += slot.bytes;
    }
    for (String key : slots.keySet()) {
      if (!seen.contains(key)) {
        throw new GillException(origin + ": storage '" + key + "' is missing");
      }
    }
    if (position != region.size()) {
      throw new GillException(origin + " has " + (region.size() - position) + " bytes after its last storage");
    }
  }
}
