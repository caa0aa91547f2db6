/** Multimodal conversation: load a model, hand it a conversation, get text and pictures back. */
@NullMarked
package io.gill;

import org.jspecify.annotations.NullMarked;
