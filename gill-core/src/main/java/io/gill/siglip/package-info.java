/** The vision encoders of SigLIP and SigLIP 2 ({@code siglip}, {@code siglip2}). */
@org.jspecify.annotations.NullMarked
package io.gill.siglip;
