package io.gill.examples.evaluate;

import java.io.Serializable;
import org.jspecify.annotations.Nullable;

/**
 * An item's answer, as it travels between processes.
 *
 * @param id id of the item
 * @param text the answer's text; empty if the item is skipped
 * @param png the answer's picture as PNG; null if there is none
 * @param problem why the item is skipped; null if it is answered
 */
@SuppressWarnings("ArrayRecordComponent") // a carrier, never compared
public record Answered(String id, String text, byte @Nullable [] png, @Nullable String problem)
    implements Serializable {}
