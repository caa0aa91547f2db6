/**
 * Tokenizers of the language models and of CLIP's text encoder, whose ids equal those of the published code, and chat
 * templates.
 */
@org.jspecify.annotations.NullMarked
package io.gill.text;
