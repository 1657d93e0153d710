/**
 * The Java client: {@link io.ebla.client.EblaClient} speaks the REST contract to any one server.
 *
 * <p>Plain Java on {@code java.net.http}, no framework. Failures are one type, {@link
 * io.ebla.client.EblaClientException}, which never claims more than is known of a write.
 */
package io.ebla.client;
