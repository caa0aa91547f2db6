/** The tokenizers of the language model (OPT) and of the text encoder (CLIP), id for id those of the published code. */
@org.jspecify.annotations.NullMarked
package io.gill.text;
