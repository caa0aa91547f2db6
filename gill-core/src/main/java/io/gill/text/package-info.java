/** The tokenizers of the language models and of CLIP's text encoder. Their ids equal those of the published code. */
@org.jspecify.annotations.NullMarked
package io.gill.text;
