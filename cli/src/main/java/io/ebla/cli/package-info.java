/**
 * The {@code ebla} executable: {@link io.ebla.cli.Ebla} is the only main of the project. Commands a
 * user types load no Spring class; {@code io.ebla.cli.server} starts the servers.
 */
package io.ebla.cli;
